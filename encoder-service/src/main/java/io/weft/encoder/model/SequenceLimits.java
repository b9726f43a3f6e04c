package io.weft.encoder.model;

import io.weft.runtime.error.WeftException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a model can read. A sequence within these limits cannot make a run fail, so one request
 * never spoils the batch of another.
 *
 * @param vocabularySize token ids are 0 to this - 1
 * @param contextLength longest sequence in tokens
 * @param segments segment ids are 0 to this - 1
 */
public record SequenceLimits(int vocabularySize, int contextLength, int segments) {

  /** Why the model cannot read {@code sequence}, or null when it can. */
  public @Nullable WeftException violation(TokenSequence sequence) {
    int length = sequence.length();
    if (length == 0) {
      return invalid("EMPTY_INPUT", "0 tokens, at least 1 is needed");
    }
    if (length > contextLength) {
      return invalid(
          "CONTEXT_LENGTH_EXCEEDED",
          String.format(Locale.ROOT, "%,d tokens > %,d", length, contextLength));
    }
    if (sequence.typeIdCount() != length) {
      return invalid(
          "TYPE_IDS_LENGTH",
          String.format(Locale.ROOT, "%,d type_ids for %,d ids", sequence.typeIdCount(), length));
    }
    for (int i = 0; i < length; i++) {
      if (outside(sequence.id(i), vocabularySize)) {
        return invalid(
            "TOKEN_ID_OUT_OF_RANGE",
            "ids[%d] is %d, the vocabulary has %d entries"
                .formatted(i, sequence.id(i), vocabularySize));
      }
      if (outside(sequence.typeId(i), segments)) {
        return invalid(
            "TYPE_ID_OUT_OF_RANGE",
            "type_ids[%d] is %d, the model's segments are 0 to %d"
                .formatted(i, sequence.typeId(i), segments - 1));
      }
    }
    return null;
  }

  private static boolean outside(int value, int size) {
    return value < 0 || value >= size;
  }

  private static WeftException invalid(String reason, String message) {
    return new WeftException.InvalidRequest(reason, message, "inputs");
  }
}
