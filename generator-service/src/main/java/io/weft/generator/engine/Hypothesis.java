package io.weft.generator.engine;

import io.weft.generator.sampling.Processors;
import org.jspecify.annotations.Nullable;

/**
 * One output that a beam search follows: its last token and the output before that. Hypotheses
 * share their beginnings.
 *
 * @param before null for the empty output
 * @param token meaningless for the empty output
 * @param length number of tokens
 * @param logprobSum of all tokens, as processed
 * @param processors that remember these tokens; shared with none that goes on
 */
record Hypothesis(
    @Nullable Hypothesis before, int token, int length, double logprobSum, Processors processors) {
  static Hypothesis empty(Processors processors) {
    return new Hypothesis(null, -1, 0, 0, processors);
  }

  /** This with one more token. */
  Hypothesis plus(int next, double sum) {
    Processors own = processors.copy();
    own.write(next);
    return new Hypothesis(this, next, length + 1, sum, own);
  }

  /** The tokens in order. */
  int[] tokens() {
    int[] tokens = new int[length];
    Hypothesis last = this;
    while (last.before() != null) {
      tokens[last.length() - 1] = last.token();
      last = last.before();
    }
    return tokens;
  }
}
