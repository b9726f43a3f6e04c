package io.weft.tokenizer.encode;

/**
 * What a reply holds beside ids and segments.
 *
 * @param offsets where each token stands in its text
 * @param wordIds which word each token belongs to
 * @param strings the tokens' own strings
 * @param countOnly nothing but counts, no ids either
 */
public record TokenFields(boolean offsets, boolean wordIds, boolean strings, boolean countOnly) {
  /** Ids and segments only. */
  public static final TokenFields IDS = new TokenFields(false, false, false, false);
}
