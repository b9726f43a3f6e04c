package io.weft.gateway.states;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.TokenStates;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.InputUsage;
import io.weft.gateway.input.PairInputs;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import io.weft.gateway.states.StatesReader.Read;
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
  private final StatesReader reader;

  HiddenStatesResource(Exchanges exchanges, ModelCatalog catalog, StatesReader reader) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.reader = reader;
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
    PairInputs inputs = request.inputs();
    EncodedBatch.Answer<Read<TokenStates>> answer =
        reader.states(model, inputs.pairs(), request.cut(), inputs);
    List<HiddenStatesList.Item> data = new ArrayList<>();
    for (Read<TokenStates> read : ItemOutcome.values(answer.outcomes(), inputs)) {
      data.add(
          new HiddenStatesList.Item(
              data.size(),
              "hidden_states",
              read.tokens(),
              read.value().lastHiddenState(),
              read.value().poolerOutput()));
    }
    return Response.ok(
            new HiddenStatesList("list", model.name(), data, InputUsage.of(answer.tokens())),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
