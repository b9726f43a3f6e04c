package io.weft.tokenizer.encode;

import org.jspecify.annotations.Nullable;

/**
 * A token sequence. All arrays belong to it: whoever holds it must not change them.
 *
 * @param ids token ids, [tokens]
 * @param typeIds segments, [tokens]
 * @param sequences which text each token comes from, 0 or 1; -1 for special tokens, [tokens]
 * @param wordIds index of each token's word, -1 for special tokens, [tokens]; null where not asked
 * @param spans start and end of each token in its text, in code points, [2 × tokens]; null where
 *     not asked
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody, copied by nobody: hundreds of KB
public record Tokens(
    int[] ids, int[] typeIds, int[] sequences, int @Nullable [] wordIds, int @Nullable [] spans) {
  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /** The tokens at the given places, in that order. */
  Tokens select(int[] places) {
    int[] selectedSpans = null;
    if (spans != null) {
      selectedSpans = new int[2 * places.length];
      for (int i = 0; i < places.length; i++) {
        selectedSpans[2 * i] = spans[2 * places[i]];
        selectedSpans[2 * i + 1] = spans[2 * places[i] + 1];
      }
    }
    return new Tokens(
        select(ids, places),
        select(typeIds, places),
        select(sequences, places),
        wordIds == null ? null : select(wordIds, places),
        selectedSpans);
  }

  private static int[] select(int[] values, int[] places) {
    int[] selected = new int[places.length];
    for (int i = 0; i < places.length; i++) {
      selected[i] = values[places[i]];
    }
    return selected;
  }
}
