package io.weft.generator.engine;

import io.weft.generator.text.Vocabulary;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The token ids that a model reads before it writes, at least one. With an encoder-decoder these
 * are the decoder's, its start token, and the caller's text is the {@link #input} of the encoder.
 * Immutable.
 */
public final class Prompt {
  private final int[] ids;
  private final @Nullable Prompt input;

  private Prompt(int[] ids, @Nullable Prompt input) {
    this.ids = ids;
    this.input = input;
  }

  /** Copies the ids; the caller has checked that they are in the vocabulary. */
  public static Prompt of(int... ids) {
    if (ids.length == 0) {
      throw new IllegalArgumentException("a prompt of 0 tokens");
    }
    return new Prompt(ids.clone(), null);
  }

  /**
   * For an encoder-decoder.
   *
   * @param input what the encoder reads
   * @param start the token that the decoder starts from
   */
  public static Prompt ofInput(Prompt input, int start) {
    return new Prompt(new int[] {start}, input);
  }

  /** Tokens that the decoder reads. */
  public int length() {
    return ids.length;
  }

  public int id(int position) {
    return ids[position];
  }

  /** What the encoder reads; null for a decoder alone. */
  public @Nullable Prompt input() {
    return input;
  }

  /** Tokens that the caller gave: what is counted as the prompt's in limits and usage. */
  public int givenTokens() {
    return input == null ? ids.length : input.length();
  }

  /** Tokens that the model reads in all. */
  int totalTokens() {
    return ids.length + (input == null ? 0 : input.length());
  }

  /** Whether there is text before what the model writes, or only special tokens. */
  boolean hasText(Vocabulary vocabulary) {
    return Arrays.stream(ids).anyMatch(vocabulary::isText);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Prompt prompt
        && Arrays.equals(ids, prompt.ids)
        && Objects.equals(input, prompt.input);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + Objects.hashCode(input);
  }

  /** The length only: prompts are not logged. */
  @Override
  public String toString() {
    return "prompt of " + givenTokens() + " tokens";
  }
}
