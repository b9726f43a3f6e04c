package io.weft.encoder.task;

import io.weft.runtime.error.WeftException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where the tokens of a sequence stand in their texts. Nobody writes to the arrays.
 *
 * @param starts first place of each token in its text, (tokens)
 * @param ends one past its last place, (tokens)
 * @param words each token's word, -1 for none, (tokens); empty where not needed
 * @param texts which text each token comes from, 0 or 1; -1 for special tokens, (tokens)
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Alignment(int[] starts, int[] ends, int[] words, int[] texts) {
  /** The special tokens' text. */
  public static final int NO_TEXT = -1;

  /** The text of a pair that answers are looked for in. */
  public static final int SECOND = 1;

  /** Why this cannot belong to a sequence of {@code tokens} tokens, or null when it can. */
  public @Nullable WeftException violation(int tokens, boolean needsWords) {
    if (starts.length != tokens) {
      return length("offsets", starts.length, tokens);
    }
    if (texts.length != tokens) {
      return length("sequence_ids", texts.length, tokens);
    }
    if (words.length != tokens && (needsWords || words.length != 0)) {
      return length("word_ids", words.length, tokens);
    }
    for (int i = 0; i < tokens; i++) {
      if (starts[i] < 0 || ends[i] < starts[i]) {
        return invalid(
            "OFFSETS_OUT_OF_RANGE",
            "offsets[%d] is [%d, %d), it must begin at 0 or later and not end before"
                .formatted(i, starts[i], ends[i]));
      }
      if (texts[i] < NO_TEXT || texts[i] > SECOND) {
        return invalid(
            "SEQUENCE_ID_OUT_OF_RANGE",
            "sequence_ids[%d] is %d, it must be -1 to 1".formatted(i, texts[i]));
      }
    }
    return null;
  }

  /** Whether a token is of a text, not one that the tokenizer put in. */
  boolean isText(int token) {
    return texts[token] != NO_TEXT;
  }

  /** Whether two tokens are of one word. */
  boolean sameWord(int token, int other) {
    return words[token] >= 0 && words[token] == words[other] && texts[token] == texts[other];
  }

  private static WeftException length(String field, int length, int tokens) {
    return invalid(
        field.toUpperCase(Locale.ROOT) + "_LENGTH",
        String.format(Locale.ROOT, "%,d %s for %,d ids", length, field, tokens));
  }

  private static WeftException invalid(String reason, String message) {
    return new WeftException.InvalidRequest(reason, message, "inputs");
  }
}
