package io.weft.generator.engine;

import java.util.List;
import java.util.Set;

/**
 * When a sequence ends.
 *
 * @param maxTokens most tokens to generate, at least 0 and never more than the context leaves
 * @param minTokens before this many tokens nothing but maxTokens ends the sequence
 * @param stop strings that end the text, none empty
 * @param endIds tokens that end the sequence: the model's own unless ignored, and the request's
 * @param includeStopText keep what ended the sequence in the text
 */
public record StopOptions(
    int maxTokens, int minTokens, List<String> stop, Set<Integer> endIds, boolean includeStopText) {
  public StopOptions {
    if (maxTokens < 0 || minTokens < 0 || minTokens > maxTokens) {
      throw new IllegalArgumentException(
          "from %d to %d tokens to generate".formatted(minTokens, maxTokens));
    }
    stop = List.copyOf(stop);
    endIds = Set.copyOf(endIds);
  }

  /** Ends after exactly this many tokens. */
  public static StopOptions after(int tokens) {
    return new StopOptions(tokens, 0, List.of(), Set.of(), false);
  }
}
