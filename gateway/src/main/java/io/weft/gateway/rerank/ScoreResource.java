package io.weft.gateway.rerank;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
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
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/score}. */
@Path(ScoreResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class ScoreResource {
  static final String ROUTE = "/v1/score";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final PairScorer scorer;

  ScoreResource(Exchanges exchanges, ModelCatalog catalog, PairScorer scorer) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.scorer = scorer;
  }

  /** Scores one text beside several, or several pair by pair. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "ScoreRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = ScoredPairs.class)))
  public Response score(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(ScoreRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(ScoreRequest request) {
    Model model = catalog.scorer(request.model());
    PairScorer.Scored scored =
        scorer.score(model, request.pairs(), request.cut(), request.rawScores(), request.names());
    return Response.ok(
            ScoredPairs.of(ResponseHead.create("score-", model), scored),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
