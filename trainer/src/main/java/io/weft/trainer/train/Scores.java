package io.weft.trainer.train;

import io.weft.trainer.data.Task;
import io.weft.trainer.text.Example;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts right and wrong answers. For labels: accuracy (of many labels: the share of rows where all
 * are right), the mean over labels of F1 (0 for a label that is nowhere, neither given nor guessed)
 * and the confusion matrix. For numbers: the root of the mean squared error, and Pearson's
 * correlation.
 */
final class Scores {
  private final Task task;
  private final int labels;

  /** (C,C): given by guessed; of many labels (C,2,2) as (C,4): absent or given by guessed. */
  private final long[][] confusion;

  private long rows;
  private long right;
  private double lossSum;
  private double lossWeight;
  private final double[] sums = new double[6];

  Scores(Task task, int labels) {
    this.task = task;
    this.labels = labels;
    this.confusion = new long[labels][task == Task.MULTI_LABEL ? 4 : labels];
  }

  void addLoss(double sum, double weight) {
    lossSum += sum;
    lossWeight += weight;
  }

  /**
   * @param logits of the example, (C) or (L,C)
   */
  void add(Example example, float[] logits) {
    switch (task) {
      case CLASSIFY -> count(example.labels()[0], Outputs.best(logits, 0, labels));
      case TAG -> {
        for (int i = 0; i < example.length(); i++) {
          if (example.labels()[i] >= 0) {
            count(example.labels()[i], Outputs.best(logits, i * labels, labels));
          }
        }
      }
      case MULTI_LABEL -> {
        boolean all = true;
        for (int i = 0; i < labels; i++) {
          boolean given = example.values()[i] > 0.5;
          boolean guessed = logits[i] > 0;
          confusion[i][(given ? 2 : 0) + (guessed ? 1 : 0)]++;
          all &= given == guessed;
        }
        rows++;
        right += all ? 1 : 0;
      }
      case SCORE -> number(example.values()[0], Outputs.sigmoid(logits[0]));
      case REGRESSION -> number(example.values()[0], logits[0]);
    }
  }

  private void count(int given, int guessed) {
    confusion[given][guessed]++;
    rows++;
    right += given == guessed ? 1 : 0;
  }

  private void number(double given, double guessed) {
    rows++;
    double[] terms = {
      given,
      guessed,
      given * given,
      guessed * guessed,
      given * guessed,
      (given - guessed) * (given - guessed)
    };
    for (int i = 0; i < terms.length; i++) {
      sums[i] += terms[i];
    }
  }

  Evaluation result() {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("loss", lossWeight == 0 ? 0 : lossSum / lossWeight);
    if (task.hasLabels()) {
      values.put("accuracy", rows == 0 ? 0 : (double) right / rows);
      values.put("macro_f1", macroF1());
    } else {
      values.put("rmse", Math.sqrt(sums[5] / Math.max(1, rows)));
      values.put("pearson", pearson());
    }
    return new Evaluation(rows, values, task.hasLabels() ? confusion : new long[0][]);
  }

  private double macroF1() {
    double sum = 0;
    for (int i = 0; i < labels; i++) {
      long hits = task == Task.MULTI_LABEL ? confusion[i][3] : confusion[i][i];
      long given = task == Task.MULTI_LABEL ? confusion[i][2] + confusion[i][3] : rowSum(i);
      long guessed = task == Task.MULTI_LABEL ? confusion[i][1] + confusion[i][3] : columnSum(i);
      sum += given + guessed == 0 ? 0 : 2.0 * hits / (given + guessed);
    }
    return sum / labels;
  }

  private long rowSum(int label) {
    long sum = 0;
    for (long count : confusion[label]) {
      sum += count;
    }
    return sum;
  }

  private long columnSum(int label) {
    long sum = 0;
    for (long[] row : confusion) {
      sum += row[label];
    }
    return sum;
  }

  private double pearson() {
    double n = Math.max(1, rows);
    double x = sums[2] - sums[0] * sums[0] / n;
    double y = sums[3] - sums[1] * sums[1] / n;
    return x <= 0 || y <= 0 ? 0 : (sums[4] - sums[0] * sums[1] / n) / Math.sqrt(x * y);
  }
}
