package io.weft.gateway.masks;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.MaskFill;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.InputUsage;
import io.weft.gateway.input.TextInputs;
import io.weft.gateway.json.Invalid;
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
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/fill-mask}. */
@Path(FillMaskResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class FillMaskResource {
  static final String ROUTE = "/v1/fill-mask";

  /** Each candidate is answered with the whole text that it makes. */
  private static final int MAX_FILLS = 10_000;

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  FillMaskResource(
      Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer, EncoderClient encoder) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** Fills the masks of one or several texts; a bad one fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "FillMaskRequest")
  @APIResponse(responseCode = "200", ref = "Fills")
  public Response fill(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(FillMaskRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(FillMaskRequest request) {
    Model model = catalog.encoder(request.model(), "fill_mask");
    TextInputs inputs = request.inputs();
    List<Integer> targets =
        request.targets() == null
            ? List.of()
            : Targets.ids(tokenizer, model.name(), request.targets());
    List<EncodedText> sequences =
        tokenizer.encode(
            model.name(), inputs.pairs(), EncodeOptions.forModel(request.cut()), inputs);
    SequenceLength.check(sequences, model.contextLength(), inputs);
    int topK = targets.isEmpty() ? request.topK() : Math.min(request.topK(), targets.size());
    checkFills(model, sequences, topK);
    List<List<MaskFill>> found = encoder.fillMask(model.name(), sequences, topK, targets, inputs);
    return Response.ok(
            new Fills(
                "list",
                model.name(),
                new FillTexts(tokenizer, model.name(), inputs).of(sequences, found),
                InputUsage.of(SequenceLength.total(sequences))),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }

  private static void checkFills(Model model, List<EncodedText> sequences, int topK) {
    Integer mask = model.encoder().maskTokenId();
    long masks =
        mask == null ? 0 : sequences.stream().mapToLong(text -> text.ids().count(mask)).sum();
    if (masks * topK > MAX_FILLS) {
      throw Invalid.range(
          "top_k",
          "%,d masks with %,d candidates each > %,d in all".formatted(masks, topK, MAX_FILLS));
    }
  }
}
