package io.weft.generator.engine;

import org.jspecify.annotations.Nullable;

/**
 * What the events carry beside ids and text.
 *
 * @param topLogprobs log probabilities of how many of the likeliest tokens, beside that of the
 *     chosen one; null for none at all
 * @param promptLogprobs the prompt's own log probabilities too, with as many of the likeliest
 * @param includeSpecialTokens keep special tokens in the text
 */
public record OutputOptions(
    @Nullable Integer topLogprobs, boolean promptLogprobs, boolean includeSpecialTokens) {
  /** Text without special tokens, and no log probabilities. */
  public static OutputOptions plain() {
    return new OutputOptions(null, false, false);
  }
}
