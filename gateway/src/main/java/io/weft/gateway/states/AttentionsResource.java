package io.weft.gateway.states;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.InputUsage;
import io.weft.gateway.input.TokenView;
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

/** {@code POST /v1/attentions}. */
@Path(AttentionsResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class AttentionsResource {
  static final String ROUTE = "/v1/attentions";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  AttentionsResource(
      Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer, EncoderClient encoder) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** What each token attends to, in chosen layers and heads; a bad input fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "AttentionsRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Attentions.class)))
  public Response attentions(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(AttentionsRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(AttentionsRequest request) {
    Model model = catalog.attentive(request.model());
    List<Integer> layers =
        AttentionsRequest.places("layers", request.layers(), model.encoder().layers());
    List<Integer> heads =
        AttentionsRequest.places("heads", request.heads(), model.encoder().heads());
    List<EncodedText> sequences = request.inputs().described(tokenizer, model, request.cut());
    long pairs =
        sequences.stream().mapToLong(sequence -> sequence.ids().size()).map(n -> n * n).sum();
    ReplySize.check(
        pairs * layers.size() * heads.size(), "choose fewer layers or heads, or send less text");
    List<List<float[][]>> attentions =
        encoder.attentions(model.name(), sequences, layers, heads, request.inputs());
    List<Attentions.Item> data = new ArrayList<>(sequences.size());
    for (int i = 0; i < sequences.size(); i++) {
      data.add(
          new Attentions.Item(
              i,
              "attentions",
              TokenView.of(request.inputs().pairs().get(i), sequences.get(i).tokens()),
              named(layers, heads, attentions.get(i))));
    }
    return Response.ok(
            new Attentions(
                "list", model.name(), data, InputUsage.of(SequenceLength.total(sequences))),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }

  private static List<Attentions.Head> named(
      List<Integer> layers, List<Integer> heads, List<float[][]> weights) {
    List<Attentions.Head> named = new ArrayList<>(weights.size());
    for (int layer : layers) {
      for (int head : heads) {
        named.add(new Attentions.Head(layer, head, weights.get(named.size())));
      }
    }
    return named;
  }
}
