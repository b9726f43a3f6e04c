package io.weft.gateway.zeroshot;

import io.weft.gateway.input.InputUsage;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The answer to a request to classify by other labels.
 *
 * @param object {@code list}
 * @param model the one that answered
 * @param data in the order of the inputs
 */
record ZeroShotLabels(String object, String model, List<Item> data, InputUsage usage) {
  /**
   * One text, in the shape of transformers' ZeroShotClassificationPipeline.
   *
   * @param sequence the text
   * @param labels likeliest first
   * @param scores their probabilities
   */
  record Item(String sequence, List<String> labels, List<Float> scores) {
    static Item of(String sequence, List<String> labels, double[] scores) {
      List<Integer> order =
          IntStream.range(0, scores.length)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer i) -> scores[i]).reversed())
              .toList();
      return new Item(
          sequence,
          order.stream().map(labels::get).toList(),
          order.stream().map(i -> (float) scores[i]).toList());
    }

    /** Says only what it is: it holds the text. */
    @Override
    public String toString() {
      return "labels of a text";
    }
  }
}
