package io.weft.generator.engine;

import io.weft.generator.text.Vocabulary;
import java.util.Arrays;

/** The token ids of a prompt, at least one. Immutable. */
public final class Prompt {
  private final int[] ids;

  private Prompt(int[] ids) {
    this.ids = ids;
  }

  /** Copies the ids; the caller has checked that they are in the vocabulary. */
  public static Prompt of(int... ids) {
    if (ids.length == 0) {
      throw new IllegalArgumentException("a prompt of 0 tokens");
    }
    return new Prompt(ids.clone());
  }

  public int length() {
    return ids.length;
  }

  public int id(int position) {
    return ids[position];
  }

  /** Whether there is text before what the model writes, or only special tokens. */
  boolean hasText(Vocabulary vocabulary) {
    return Arrays.stream(ids).anyMatch(vocabulary::isText);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Prompt prompt && Arrays.equals(ids, prompt.ids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  /** The length only: prompts are not logged. */
  @Override
  public String toString() {
    return "prompt of " + ids.length + " tokens";
  }
}
