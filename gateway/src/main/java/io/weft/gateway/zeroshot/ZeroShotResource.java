package io.weft.gateway.zeroshot;

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
  private final ZeroShotClassifier classifier;

  ZeroShotResource(Exchanges exchanges, ModelCatalog catalog, ZeroShotClassifier classifier) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.classifier = classifier;
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
    TextInputs inputs = request.inputs();
    EncodedBatch.Answer<double[]> answer =
        classifier.scores(model, inputs.texts(), request.query(), inputs);
    List<ZeroShotLabels.Item> data = new ArrayList<>(inputs.texts().size());
    for (double[] scores : ItemOutcome.values(answer.outcomes(), inputs)) {
      data.add(
          ZeroShotLabels.Item.of(
              inputs.texts().get(data.size()), request.query().labels(), scores));
    }
    return Response.ok(
            new ZeroShotLabels("list", model.name(), data, InputUsage.of(answer.tokens())),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
