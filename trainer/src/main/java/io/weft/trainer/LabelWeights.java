package io.weft.trainer;

import io.weft.trainer.data.Labels;
import io.weft.trainer.data.Task;
import io.weft.trainer.text.Example;
import java.util.Arrays;
import java.util.List;

/** How much each label counts in the loss. */
final class LabelWeights {
  private static final double MOST = 1_000;

  private LabelWeights() {}

  /**
   * Reads the option.
   *
   * @param option {@code none}, {@code balanced} or {@code LABEL=W,...}
   * @return a weight a label, (C)
   */
  static float[] of(String option, Task task, Labels labels, List<Example> train) {
    float[] weights = new float[labels.size()];
    Arrays.fill(weights, 1);
    if (option.equals("none")) {
      return weights;
    }
    if (!task.hasLabels()) {
      throw new IllegalArgumentException(
          "--class-weights is '%s', but task %s has no labels".formatted(option, task));
    }
    return option.equals("balanced")
        ? balanced(task, weights, train)
        : given(option, labels, weights);
  }

  /**
   * A label of n rows among N counts N / (C n), so that all labels count alike. Of many labels,
   * each counts (N - n) / n where it is given, as much as where it is not.
   */
  private static float[] balanced(Task task, float[] weights, List<Example> train) {
    double[] counts = new double[weights.length];
    double all = 0;
    for (Example example : train) {
      for (int label : example.labels()) {
        if (label >= 0) {
          counts[label]++;
          all++;
        }
      }
      for (int i = 0; i < example.values().length; i++) {
        counts[i] += example.values()[i];
      }
    }
    for (int i = 0; i < weights.length; i++) {
      double many = (train.size() - counts[i]) / Math.max(1, counts[i]);
      double weight =
          task == Task.MULTI_LABEL ? many : all / (weights.length * Math.max(1, counts[i]));
      weights[i] = (float) Math.clamp(weight, 1 / MOST, MOST);
    }
    return weights;
  }

  private static float[] given(String option, Labels labels, float[] weights) {
    for (String part : option.split(",", -1)) {
      int at = part.lastIndexOf('=');
      int label = at < 0 ? -1 : labels.names().indexOf(part.substring(0, at));
      double weight;
      try {
        weight = at < 0 ? Double.NaN : Double.parseDouble(part.substring(at + 1));
      } catch (NumberFormatException e) {
        weight = Double.NaN;
      }
      if (label < 0 || !(weight > 0 && weight <= MOST)) {
        throw new IllegalArgumentException(
            "--class-weights: '%s' is not LABEL=W with a known label and W in (0, %,d]"
                .formatted(part, (long) MOST));
      }
      weights[label] = (float) weight;
    }
    return weights;
  }
}
