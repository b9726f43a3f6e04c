package io.weft.gateway.states;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TokenStates;
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

/** {@code POST /v1/hidden-states}. */
@Path(HiddenStatesResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class HiddenStatesResource {
  static final String ROUTE = "/v1/hidden-states";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  HiddenStatesResource(
      Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer, EncoderClient encoder) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** One vector a token, and the pooler's; a bad input fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "HiddenStatesRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = HiddenStatesList.class)))
  public Response states(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing,
        ROUTE,
        exchange -> answer(HiddenStatesRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(HiddenStatesRequest request) {
    Model model = catalog.encoder(request.model());
    List<EncodedText> sequences = request.inputs().described(tokenizer, model, request.cut());
    int tokens = SequenceLength.total(sequences);
    ReplySize.check(
        ((long) tokens + sequences.size()) * model.encoder().hiddenSize(), "send less text");
    List<TokenStates> states = encoder.hiddenStates(model.name(), sequences, request.inputs());
    List<HiddenStatesList.Item> data = new ArrayList<>(states.size());
    for (TokenStates state : states) {
      int i = data.size();
      data.add(
          new HiddenStatesList.Item(
              i,
              "hidden_states",
              TokenView.of(request.inputs().pairs().get(i), sequences.get(i).tokens()),
              state.lastHiddenState(),
              state.poolerOutput()));
    }
    return Response.ok(
            new HiddenStatesList("list", model.name(), data, InputUsage.of(tokens)),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
