package io.weft.gateway.states;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.ItemOutcome;
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

/** {@code POST /v1/attentions}. */
@Path(AttentionsResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class AttentionsResource {
  static final String ROUTE = "/v1/attentions";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final StatesReader reader;

  AttentionsResource(Exchanges exchanges, ModelCatalog catalog, StatesReader reader) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.reader = reader;
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
    PairInputs inputs = request.inputs();
    EncodedBatch.Answer<Read<List<Attentions.Head>>> answer =
        reader.attentions(model, inputs.pairs(), request.choice(), request.cut(), inputs);
    List<Attentions.Item> data = new ArrayList<>();
    for (Read<List<Attentions.Head>> read : ItemOutcome.values(answer.outcomes(), inputs)) {
      data.add(new Attentions.Item(data.size(), "attentions", read.tokens(), read.value()));
    }
    return Response.ok(
            new Attentions("list", model.name(), data, InputUsage.of(answer.tokens())),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
