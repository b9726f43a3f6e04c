package io.weft.tokenizer.encode;

import org.jspecify.annotations.Nullable;

/**
 * What one request wants of all its texts.
 *
 * @param addSpecialTokens add the model's special tokens
 * @param truncation how to bound each sequence; null leaves lengths alone
 * @param fields what the reply holds beside ids and segments
 * @param utf16 whether offsets count UTF-16 code units instead of code points
 * @param words numbers words by another rule than the tokenizer's own; null for that one
 */
public record EncodeOptions(
    boolean addSpecialTokens,
    @Nullable Truncation truncation,
    TokenFields fields,
    boolean utf16,
    @Nullable PipelineWords words) {
  /** Words as the tokenizer has them. */
  public EncodeOptions(
      boolean addSpecialTokens,
      @Nullable Truncation truncation,
      TokenFields fields,
      boolean utf16) {
    this(addSpecialTokens, truncation, fields, utf16, null);
  }

  /** Ids of a text as it is: no special tokens added, nothing cut. */
  public static final EncodeOptions PLAIN = new EncodeOptions(false, null, TokenFields.IDS, false);

  /** About what a token takes in a reply, in bytes of memory. */
  long bytesPerToken() {
    boolean manyWindows = truncation != null && truncation.overflow();
    if (fields.countOnly() && !manyWindows) {
      return 0;
    }
    return 16L
        + (fields.wordIds() ? 6 : 0)
        + (fields.offsets() ? 40 : 0)
        + (fields.strings() ? 12 : 0);
  }
}
