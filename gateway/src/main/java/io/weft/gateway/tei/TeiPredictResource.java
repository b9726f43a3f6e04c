package io.weft.gateway.tei;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
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
import org.jspecify.annotations.Nullable;

/** {@code /predict} and {@code /rerank}. */
@Path("/")
@Singleton
@RunOnVirtualThread
@Consumes(MediaType.APPLICATION_JSON)
public final class TeiPredictResource {
  private final TeiAnswers answers;
  private final TeiTasks tasks;

  TeiPredictResource(TeiAnswers answers, TeiTasks tasks) {
    this.answers = answers;
    this.tasks = tasks;
  }

  /**
   * A label of one input.
   *
   * @param score a probability, or the logit where that was asked for
   * @param label its name
   */
  record Prediction(float score, String label) {}

  /**
   * One text, nearest first.
   *
   * @param index of the text in the request
   * @param text the text, where it was asked for
   * @param score higher for nearer
   */
  record Rank(
      int index, @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String text, float score) {}

  /** All labels, best first: a list, or a list of lists for a batch. */
  @POST
  @Path("predict")
  @RequestBody(ref = "TeiPredictRequest")
  @APIResponse(responseCode = "200", ref = "TeiPredictions")
  public Response predict(@Context RoutingContext routing, InputStream body) {
    return answers.answer(routing, "/predict", body, in -> predict(TeiPredictRequest.read(in)));
  }

  /** All texts, nearest to the query first. */
  @POST
  @Path("rerank")
  @RequestBody(ref = "TeiRerankRequest")
  @APIResponse(responseCode = "200", ref = "TeiRanks")
  public Response rerank(@Context RoutingContext routing, InputStream body) {
    return answers.answer(routing, "/rerank", body, in -> rerank(TeiRerankRequest.read(in)));
  }

  private Object predict(TeiPredictRequest request) {
    TeiFields fields = request.fields();
    List<List<Prediction>> predictions =
        tasks
            .predict(
                fields.model(),
                request.inputs(),
                fields.cut(),
                request.rawScores(),
                request.names())
            .value()
            .stream()
            .map(
                labels ->
                    labels.stream()
                        .map(label -> new Prediction(label.score(), label.label()))
                        .toList())
            .toList();
    return request.isBatch() ? predictions : predictions.getFirst();
  }

  private List<Rank> rerank(TeiRerankRequest request) {
    TeiFields fields = request.fields();
    return tasks
        .rerank(fields.model(), request.query(), request.texts(), fields.cut(), request.rawScores())
        .value()
        .stream()
        .map(
            place ->
                new Rank(
                    place.index(),
                    request.returnText() ? request.texts().get(place.index()) : null,
                    place.score()))
        .toList();
  }
}
