package io.weft.gateway.embeddings;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EmbeddedTexts;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TokenizerClient;
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

/** {@code POST /v1/embeddings}. */
@Path(EmbeddingsResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class EmbeddingsResource {
  static final String ROUTE = "/v1/embeddings";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  EmbeddingsResource(
      Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer, EncoderClient encoder) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** Embeds one or several inputs; one that cannot be embedded fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "EmbeddingRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Embeddings.class)))
  public Response embed(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing,
        ROUTE,
        exchange -> answer(EmbeddingRequestReader.read(exchanges.body(exchange, body))));
  }

  private Response answer(EmbeddingRequest request) {
    Model model = catalog.embedder(request.model());
    List<EncodedText> sequences =
        request.inputs().sequences(tokenizer, model.name(), request.cut());
    SequenceLength.check(sequences, model.contextLength(), request.inputs());
    EmbeddedTexts embedded =
        encoder.embed(model.name(), sequences, request.options(), request.inputs());
    return Response.ok(
            Embeddings.of(model.name(), embedded, request, SequenceLength.total(sequences)),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
