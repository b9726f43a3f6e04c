package io.weft.gateway.classify;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.LabelBounds;
import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/classify}. */
@Path(ClassifyResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class ClassifyResource {
  static final String ROUTE = "/v1/classify";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  ClassifyResource(
      Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer, EncoderClient encoder) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** Labels one or several inputs; one that cannot be labelled fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "ClassifyRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Classifications.class)))
  public Response classify(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(ClassifyRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(ClassifyRequest request) {
    Model model = catalog.classifier(request.model());
    LabelBounds.check(
        request.inputs().values().count(), model.labels().size(), request.inputs().param());
    List<EncodedText> sequences =
        request.inputs().sequences(tokenizer, model.name(), request.cut());
    SequenceLength.check(sequences, model.contextLength(), request.inputs());
    List<List<LabelScore>> labels =
        encoder.classify(model.name(), sequences, request.rawScores(), request.inputs());
    return Response.ok(
            Classifications.of(
                ResponseHead.create("classify-", model), labels, SequenceLength.total(sequences)),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
