package io.weft.trainer.train;

import io.weft.trainer.data.Task;
import io.weft.trainer.text.Example;

/**
 * How much the model doubted each row while it learnt, a mean over all epochs: rows whose label it
 * never came to believe are often labelled wrongly (Swayamdipta et al. 2020, arXiv:2009.10795).
 * Written by the training thread.
 */
public final class Doubts {
  private final Task task;
  private final float[] sums;
  private final float[] counts;

  /** Of each row what the model would say: a label, or a number; of the last epoch. */
  private final float[] guesses;

  Doubts(Task task, int rows) {
    this.task = task;
    this.sums = new float[rows];
    this.counts = new float[rows];
    this.guesses = new float[rows];
  }

  /**
   * Takes in what the model said of a row as it was trained on.
   *
   * @param logits of the row, (C) or (L,C) with more tokens than the row has
   */
  void add(int row, Example example, float[] logits, int labels) {
    counts[row]++;
    switch (task) {
      case CLASSIFY -> {
        double[] shares = Outputs.softmax(logits, 0, labels);
        sums[row] += (float) (1 - shares[example.labels()[0]]);
        guesses[row] = Outputs.best(logits, 0, labels);
      }
      case TAG -> sums[row] += tagDoubt(row, example, logits, labels);
      case MULTI_LABEL -> {
        double worst = 0;
        for (int i = 0; i < labels; i++) {
          double off = Math.abs(example.values()[i] - Outputs.sigmoid(logits[i]));
          if (off > worst) {
            worst = off;
            guesses[row] = i;
          }
        }
        sums[row] += (float) worst;
      }
      case SCORE -> {
        guesses[row] = (float) Outputs.sigmoid(logits[0]);
        sums[row] += Math.abs(example.values()[0] - guesses[row]);
      }
      case REGRESSION -> {
        guesses[row] = logits[0];
        sums[row] += Math.abs(example.values()[0] - guesses[row]);
      }
    }
  }

  private float tagDoubt(int row, Example example, float[] logits, int labels) {
    double worst = 0;
    for (int i = 0; i < example.length(); i++) {
      int wanted = example.labels()[i];
      if (wanted >= 0) {
        double off = 1 - Outputs.softmax(logits, i * labels, labels)[wanted];
        if (off > worst) {
          worst = off;
          guesses[row] = Outputs.best(logits, i * labels, labels);
        }
      }
    }
    return (float) worst;
  }

  /** Mean doubt of a row: 1 less the label's probability, or how far off the number was. */
  public float mean(int row) {
    return counts[row] == 0 ? 0 : sums[row] / counts[row];
  }

  /**
   * What the model would say: a label's index (of many labels or tags, the most doubted), or a
   * number.
   */
  public float guess(int row) {
    return guesses[row];
  }

  public int rows() {
    return sums.length;
  }

  /** All numbers, for the state of a run: (3,N). */
  float[] toState() {
    float[] state = new float[3 * sums.length];
    System.arraycopy(sums, 0, state, 0, sums.length);
    System.arraycopy(counts, 0, state, sums.length, sums.length);
    System.arraycopy(guesses, 0, state, 2 * sums.length, sums.length);
    return state;
  }

  void fromState(float[] state) {
    System.arraycopy(state, 0, sums, 0, sums.length);
    System.arraycopy(state, sums.length, counts, 0, sums.length);
    System.arraycopy(state, 2 * sums.length, guesses, 0, sums.length);
  }
}
