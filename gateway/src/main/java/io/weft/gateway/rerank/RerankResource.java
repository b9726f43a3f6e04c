package io.weft.gateway.rerank;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.Names;
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
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/rerank}. */
@Path(RerankResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class RerankResource {
  static final String ROUTE = "/v1/rerank";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final PairScorer scorer;

  RerankResource(Exchanges exchanges, ModelCatalog catalog, PairScorer scorer) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.scorer = scorer;
  }

  /** Orders documents by their relevance to a query. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "RerankRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Ranking.class)))
  public Response rerank(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(RerankRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(RerankRequest request) {
    Model model = catalog.scorer(request.model());
    PairScorer.Scored scored =
        scorer.score(model, request.pairs(), request.cut(), false, Names.list("documents"));
    return Response.ok(
            Ranking.of(ResponseHead.create("rerank-", model), request, scored),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
