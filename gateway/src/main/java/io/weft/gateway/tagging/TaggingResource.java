package io.weft.gateway.tagging;

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
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/token-classification}. */
@Path(TaggingResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class TaggingResource {
  static final String ROUTE = "/v1/token-classification";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final Tagger tagger;

  TaggingResource(Exchanges exchanges, ModelCatalog catalog, Tagger tagger) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tagger = tagger;
  }

  /** Finds entities in one or several texts; a bad one fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "TaggingRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Tags.class)))
  public Response tag(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(TaggingRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(TaggingRequest request) {
    Model model = catalog.encoder(request.model(), "classify_tokens");
    TextInputs inputs = request.inputs();
    EncodedBatch.Answer<List<Tags.Entity>> answer =
        tagger.entities(model, inputs.pairs(), request.query(), inputs);
    return Response.ok(
            new Tags(
                "list",
                model.name(),
                ItemOutcome.values(answer.outcomes(), inputs),
                InputUsage.of(answer.tokens())),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
