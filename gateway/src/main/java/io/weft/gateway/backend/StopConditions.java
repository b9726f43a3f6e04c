package io.weft.gateway.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When a sequence ends.
 *
 * @param maxTokens most tokens to generate, at least 1; absent means what the context leaves
 * @param maxTokensParam what the request calls {@code maxTokens}, for errors
 * @param minTokens before this many tokens nothing but {@code maxTokens} ends it
 * @param stop the text ends before the first of these
 * @param stopTokenIds the sequence ends with the first of these
 * @param includeStopText keep the stop string in the text
 * @param ignoreEos do not end at the model's end-of-sequence tokens
 */
public record StopConditions(
    @Nullable Integer maxTokens,
    String maxTokensParam,
    @Nullable Integer minTokens,
    List<String> stop,
    List<Integer> stopTokenIds,
    boolean includeStopText,
    boolean ignoreEos) {
  public StopConditions {
    stop = List.copyOf(stop);
    stopTokenIds = List.copyOf(stopTokenIds);
  }

  /** Names counts only: stop strings are text of the request. */
  @Override
  public String toString() {
    return "StopConditions[maxTokens=%s, minTokens=%s, %d strings, %d ids]"
        .formatted(maxTokens, minTokens, stop.size(), stopTokenIds.size());
  }
}
