package io.weft.trainer.train;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * How a model did on data that it did not learn from.
 *
 * @param rows that were judged; of tagged words the words
 * @param values {@code loss}, then {@code accuracy} and {@code macro_f1}, or {@code rmse} and
 *     {@code pearson}
 * @param confusion (C,C) counts, given by guessed; of many labels (C,4): neither, guessed only,
 *     given only, both; empty for numbers
 */
@SuppressWarnings("ArrayRecordComponent")
public record Evaluation(long rows, Map<String, Double> values, long[][] confusion) {
  /** What early stopping watches, larger is better. */
  double quality() {
    Double macroF1 = values.get("macro_f1");
    return macroF1 == null ? -value("rmse") : macroF1;
  }

  public double value(String name) {
    Double value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("there is no value " + name);
    }
    return value;
  }

  /** {@code loss 0.3121, accuracy 0.8710, macro_f1 0.8709}. */
  @Override
  public String toString() {
    return values.entrySet().stream()
        .map(entry -> "%s %.4f".formatted(entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(", "));
  }
}
