package io.weft.importer.check;

/** Sums up how far two models' predictions are apart, position by position. */
final class Divergence {
  private long positions;
  private long sameTop;
  private double divergence;
  private double lossOfReference;
  private double loss;

  /**
   * Adds one position.
   *
   * @param reference logits of the exact model, from {@code offset} on
   * @param logits of the other one, in the same place
   * @param next the token that really follows
   */
  void add(float[] reference, float[] logits, int offset, int vocabulary, int next) {
    double referenceTotal = logTotal(reference, offset, vocabulary);
    double total = logTotal(logits, offset, vocabulary);
    double sum = 0;
    for (int i = offset; i < offset + vocabulary; i++) {
      double p = reference[i] - referenceTotal;
      sum += Math.exp(p) * (p - (logits[i] - total));
    }
    positions++;
    divergence += sum;
    lossOfReference += referenceTotal - reference[offset + next];
    loss += total - logits[offset + next];
    if (best(reference, offset, vocabulary) == best(logits, offset, vocabulary)) {
      sameTop++;
    }
  }

  long positions() {
    return positions;
  }

  /** Share of positions with the same most likely token. */
  double topAgreement() {
    return (double) sameTop / positions;
  }

  /** Mean Kullback-Leibler divergence of the other model from the exact one, in nats. */
  double mean() {
    return divergence / positions;
  }

  double perplexityOfReference() {
    return Math.exp(lossOfReference / positions);
  }

  double perplexity() {
    return Math.exp(loss / positions);
  }

  private static double logTotal(float[] logits, int offset, int count) {
    float largest = logits[offset + best(logits, offset, count)];
    double sum = 0;
    for (int i = offset; i < offset + count; i++) {
      sum += Math.exp(logits[i] - largest);
    }
    return largest + Math.log(sum);
  }

  static int best(float[] logits, int offset, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      best = logits[offset + i] > logits[offset + best] ? i : best;
    }
    return best;
  }
}
