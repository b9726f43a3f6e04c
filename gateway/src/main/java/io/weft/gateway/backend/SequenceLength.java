package io.weft.gateway.backend;

import io.weft.runtime.error.WeftException;
import java.util.List;

/** Sequences against a model's context, before they are sent. */
public final class SequenceLength {
  private SequenceLength() {}

  /**
   * Refuses the first sequence that is too long.
   *
   * @param limit the model's context in tokens
   */
  public static void check(List<EncodedText> sequences, int limit, ItemNames names) {
    for (int i = 0; i < sequences.size(); i++) {
      int tokens = sequences.get(i).ids().size();
      if (tokens > limit) {
        throw new WeftException.InvalidRequest(
            "CONTEXT_LENGTH_EXCEEDED",
            "%s: %,d tokens > %,d, the model's context".formatted(names.name(i), tokens, limit),
            names.name(i));
      }
    }
  }

  /** Tokens of all sequences together. */
  public static int total(List<EncodedText> sequences) {
    return sequences.stream().mapToInt(sequence -> sequence.ids().size()).sum();
  }
}
