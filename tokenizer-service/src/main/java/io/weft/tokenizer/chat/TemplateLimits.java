package io.weft.tokenizer.chat;

import java.time.Duration;

/**
 * What a template may use up.
 *
 * @param outputChars most UTF-16 code units of output, and of any string made on the way
 * @param time most time one rendering takes
 */
public record TemplateLimits(int outputChars, Duration time) {
  /** Most code units of a template's source. */
  static final int SOURCE_CHARS = 1 << 20;

  /** Most elements of a list that a template makes, and of {@code range}. */
  static final int LIST_SIZE = 100_000;

  /**
   * Most steps of one rendering: pieces of the template and elements of loops and filters. Seconds
   * of work; the longest conversations take some hundred thousand.
   */
  static final int STEPS = 5_000_000;

  /** Least of {@link #memory()}. */
  private static final long LEAST_MEMORY = 64L << 20;

  /** How deep macros may call each other, and values be nested. */
  static final int DEPTH = 32;

  public TemplateLimits {
    if (outputChars < 1 || time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException(
          "limits must be positive: %d characters, %s".formatted(outputChars, time));
    }
  }

  /**
   * Most bytes that the values of one rendering take, as {@link RenderingMemory} counts them: 32
   * times the longest output, and 64 MiB at least.
   */
  long memory() {
    return Math.max(LEAST_MEMORY, 64L * outputChars);
  }
}
