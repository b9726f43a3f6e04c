package io.weft.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * Beam search instead of sampling, as in transformers.
 *
 * @param numBeams 2 to 16
 * @param lengthPenalty exponent on the length that scores are divided by, [-5, 5]; absent means the
 *     generator's default
 * @param earlyStopping when it ends
 */
public record BeamSearch(int numBeams, @Nullable Float lengthPenalty, EarlyStopping earlyStopping) {
  /** When a beam search ends; transformers' three values of {@code early_stopping}. */
  public enum EarlyStopping {
    /** When a running beam is unlikely to become better than the worst complete one. */
    LIKELY,
    /** As soon as there are as many complete sequences as beams. */
    FIRST,
    /** When no running beam can become better. */
    NEVER
  }
}
