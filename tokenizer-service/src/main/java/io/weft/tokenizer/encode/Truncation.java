package io.weft.tokenizer.encode;

import io.weft.runtime.error.WeftException;

/**
 * How to bound the length of a sequence.
 *
 * @param strategy what to cut
 * @param maxTokens longest sequence in tokens, special tokens included; 0 means the model's context
 * @param side from which end tokens are cut
 * @param stride tokens that neighbouring windows share, 0 to maxTokens - 1
 * @param overflow whether what was cut is returned as further windows
 */
public record Truncation(
    Strategy strategy, int maxTokens, Side side, int stride, boolean overflow) {
  /** What to cut when a sequence is too long. */
  public enum Strategy {
    /** Nothing: the item fails. */
    NONE,
    /** The longer text of a pair, token by token. */
    LONGEST_FIRST,
    /** The first text only. */
    ONLY_FIRST,
    /** The second text only. */
    ONLY_SECOND
  }

  /** From which end tokens are cut. */
  public enum Side {
    /** The end of the text goes. */
    RIGHT,
    /** The start of the text goes. */
    LEFT
  }

  /**
   * Checks the numbers.
   *
   * @throws WeftException.InvalidRequest when one is out of range
   */
  public Truncation {
    if (maxTokens < 0) {
      throw new WeftException.InvalidRequest(
          "MAX_TOKENS_OUT_OF_RANGE", "max_tokens %,d < 0".formatted(maxTokens), "truncation");
    }
    if (stride < 0 || (maxTokens > 0 && stride >= maxTokens)) {
      throw new WeftException.InvalidRequest(
          "STRIDE_OUT_OF_RANGE",
          "stride %,d is outside 0 to max_tokens - 1 (%,d)".formatted(stride, maxTokens - 1),
          "truncation");
    }
  }

  /** The longest sequence for a model of the given context length. */
  int limit(int contextLength) {
    return maxTokens == 0 ? contextLength : maxTokens;
  }
}
