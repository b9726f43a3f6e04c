package io.weft.tokenizer.encode;

import org.jspecify.annotations.Nullable;

/**
 * One text, or a pair.
 *
 * @param text the first text
 * @param pair the second text; null for single texts
 */
public record TextItem(String text, @Nullable String pair) {
  /** Bytes of both texts in UTF-8. */
  public long bytes() {
    return Utf8.length(text) + (pair == null ? 0 : Utf8.length(pair));
  }
}
