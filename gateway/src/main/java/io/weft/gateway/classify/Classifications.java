package io.weft.gateway.classify;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.input.InputUsage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The answer to a request for labels, in vLLM's shape. */
record Classifications(
    String id,
    String object,
    long created,
    String model,
    List<Classification> data,
    InputUsage usage) {
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

  static Classifications of(ResponseHead head, List<List<LabelScore>> scores, int tokens) {
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
        head.id(),
        "list",
        head.createdUnixS(),
        head.model().name(),
        data,
        InputUsage.withCompletion(tokens));
  }
}
