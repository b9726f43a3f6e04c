package io.weft.trainer.train;

/** What logits say. */
final class Outputs {
  private Outputs() {}

  static double sigmoid(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }

  /** Softmax of {@code count} logits from {@code start} on. */
  static double[] softmax(float[] logits, int start, int count) {
    float most = logits[start + best(logits, start, count)];
    double[] shares = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      shares[i] = Math.exp(logits[start + i] - most);
      sum += shares[i];
    }
    for (int i = 0; i < count; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  /** Index of the largest of {@code count} logits from {@code start} on, the first of several. */
  static int best(float[] logits, int start, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (logits[start + i] > logits[start + best]) {
        best = i;
      }
    }
    return best;
  }
}
