package io.weft.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * One text, or a pair of texts that are encoded as one sequence.
 *
 * @param text the first text
 * @param pair the second; absent for single texts
 */
public record TextPair(String text, @Nullable String pair) {
  /** A text by itself. */
  public static TextPair of(String text) {
    return new TextPair(text, null);
  }

  /** Says only what it is: texts are never logged. */
  @Override
  public String toString() {
    return pair == null ? "a text" : "a pair of texts";
  }
}
