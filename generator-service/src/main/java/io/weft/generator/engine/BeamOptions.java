package io.weft.generator.engine;

/**
 * How beam search goes, as in transformers.
 *
 * @param numBeams at least 1
 * @param lengthPenalty exponent on the number of tokens that a sum of log probabilities is divided
 *     by
 * @param earlyStopping when it ends
 */
public record BeamOptions(int numBeams, float lengthPenalty, EarlyStopping earlyStopping) {
  /** When a search ends that has {@code numBeams} complete sequences. */
  public enum EarlyStopping {
    /** At once: {@code early_stopping=True}. */
    FIRST,
    /**
     * When the best running one, at its present length, is no better than the worst complete one:
     * {@code early_stopping=False}. It may become better yet where length pays.
     */
    LIKELY,
    /**
     * When the best running one would be no better even at the length that suits it best: {@code
     * early_stopping="never"}.
     */
    NEVER
  }

  public BeamOptions {
    if (numBeams < 1) {
      throw new IllegalArgumentException("%d beams".formatted(numBeams));
    }
  }

  /** What sequences are compared by. */
  double score(double logprobSum, int tokens) {
    return logprobSum / Math.pow(tokens, lengthPenalty);
  }
}
