package io.weft.gateway.classify;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.backend.LabelScore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/** The answer to a request for labels, in vLLM's shape. */
record Classifications(
    String id, String object, long created, String model, List<Classification> data, Usage usage) {
  /**
   * The labels of one input.
   *
   * @param index of its input
   * @param label the one with the best score
   * @param probs one for each label, in the order of the model's output
   * @param numClasses how many labels there are
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Classification(int index, String label, List<Float> probs, int numClasses) {}

  /** Tokens of all inputs. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Usage(int promptTokens, int totalTokens, int completionTokens) {}

  static Classifications of(String model, List<List<LabelScore>> scores, int tokens) {
    List<Classification> data = new ArrayList<>(scores.size());
    for (List<LabelScore> labels : scores) {
      List<Float> probs =
          labels.stream()
              .sorted(Comparator.comparingInt(LabelScore::index))
              .map(LabelScore::score)
              .toList();
      data.add(new Classification(data.size(), labels.getFirst().label(), probs, labels.size()));
    }
    return new Classifications(
        "classify-" + UUID.randomUUID().toString().replace("-", ""),
        "list",
        Instant.now().getEpochSecond(),
        model,
        data,
        new Usage(tokens, tokens, 0));
  }
}
