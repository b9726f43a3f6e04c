package io.weft.gateway.masks;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.InputUsage;
import io.weft.gateway.input.TextInputs;
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
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/fill-mask}. */
@Path(FillMaskResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class FillMaskResource {
  static final String ROUTE = "/v1/fill-mask";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final MaskFiller filler;

  FillMaskResource(Exchanges exchanges, ModelCatalog catalog, MaskFiller filler) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.filler = filler;
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
    EncodedBatch.Answer<List<List<Fills.Fill>>> answer =
        filler.fills(model, inputs.pairs(), request.query(), inputs);
    List<List<?>> data = new ArrayList<>();
    for (List<List<Fills.Fill>> masks : ItemOutcome.values(answer.outcomes(), inputs)) {
      data.add(masks.size() == 1 ? masks.getFirst() : masks);
    }
    return Response.ok(
            new Fills("list", model.name(), data, InputUsage.of(answer.tokens())),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
