package io.weft.generator.engine;

import java.util.Arrays;

/**
 * The tokens of one sequence: its prompt, then what was generated. Mutable; belongs to the engine's
 * thread.
 */
final class TokenHistory {
  private final Prompt prompt;
  private int[] generated = new int[16];
  private int count;

  TokenHistory(Prompt prompt) {
    this.prompt = prompt;
  }

  void add(int id) {
    if (count == generated.length) {
      generated = Arrays.copyOf(generated, 2 * count);
    }
    generated[count++] = id;
  }

  /** Tokens in all. */
  int length() {
    return prompt.length() + count;
  }

  /** The token at a position, 0 to length - 1. */
  int id(int position) {
    return position < prompt.length() ? prompt.id(position) : generated[position - prompt.length()];
  }
}
