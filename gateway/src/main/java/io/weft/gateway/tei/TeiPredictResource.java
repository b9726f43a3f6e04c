package io.weft.gateway.tei;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.input.Names;
import io.weft.gateway.models.Model;
import io.weft.gateway.rerank.PairScorer;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
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
  private final TeiModels models;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;
  private final PairScorer scorer;

  TeiPredictResource(
      TeiAnswers answers,
      TeiModels models,
      TokenizerClient tokenizer,
      EncoderClient encoder,
      PairScorer scorer) {
    this.answers = answers;
    this.models = models;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
    this.scorer = scorer;
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
    Model model = models.classifier(request.fields().model());
    List<EncodedText> sequences =
        tokenizer.encode(
            model.name(),
            request.inputs(),
            EncodeOptions.forModel(request.fields().cut()),
            request.names());
    SequenceLength.check(sequences, model.contextLength(), request.names());
    List<List<Prediction>> predictions =
        encoder.classify(model.name(), sequences, request.rawScores(), request.names()).stream()
            .map(
                labels ->
                    labels.stream()
                        .map(label -> new Prediction(label.score(), label.label()))
                        .toList())
            .toList();
    return request.isBatch() ? predictions : predictions.getFirst();
  }

  private List<Rank> rerank(TeiRerankRequest request) {
    Model model = models.reranker(request.fields().model());
    List<Float> scores =
        scorer
            .score(
                model,
                request.pairs(),
                request.fields().cut(),
                request.rawScores(),
                Names.list("texts"))
            .scores();
    return IntStream.range(0, scores.size())
        .mapToObj(
            i -> new Rank(i, request.returnText() ? request.texts().get(i) : null, scores.get(i)))
        .sorted(Comparator.comparingDouble(Rank::score).reversed())
        .toList();
  }
}
