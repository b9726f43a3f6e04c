package io.weft.gateway.zeroshot;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.InputUsage;
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
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/zero-shot-classification}. */
@Path(ZeroShotResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class ZeroShotResource {
  static final String ROUTE = "/v1/zero-shot-classification";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  ZeroShotResource(
      Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer, EncoderClient encoder) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** Scores labels of the caller's own for one or several texts; a bad one fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "ZeroShotRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = ZeroShotLabels.class)))
  public Response classify(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(ZeroShotRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(ZeroShotRequest request) {
    Model model = catalog.classifier(request.model());
    Entailment entailment = Entailment.of(model);
    int labels = request.labels().size();
    ItemNames names = new TextNames(request.inputs(), labels);
    List<EncodedText> sequences =
        tokenizer.encode(
            model.name(), request.pairs(), EncodeOptions.forModel(request.cut()), names);
    SequenceLength.check(sequences, model.contextLength(), names);
    List<List<LabelScore>> logits = encoder.classify(model.name(), sequences, true, names);
    List<ZeroShotLabels.Item> data = new ArrayList<>(request.inputs().texts().size());
    for (String text : request.inputs().texts()) {
      int from = data.size() * labels;
      List<List<LabelScore>> own = logits.subList(from, from + labels);
      boolean each = request.multiLabel() || labels == 1;
      data.add(
          ZeroShotLabels.Item.of(
              text, request.labels(), each ? entailment.each(own) : entailment.together(own)));
    }
    return Response.ok(
            new ZeroShotLabels(
                "list", model.name(), data, InputUsage.of(SequenceLength.total(sequences))),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }

  /** Names a pair by its text. */
  private record TextNames(ItemNames texts, int labels) implements ItemNames {
    @Override
    public String param() {
      return texts.param();
    }

    @Override
    public String name(int index) {
      return texts.name(index / labels);
    }
  }
}
