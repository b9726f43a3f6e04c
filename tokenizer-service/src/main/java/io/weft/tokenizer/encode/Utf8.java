package io.weft.tokenizer.encode;

/** Sizes of texts. */
public final class Utf8 {
  private Utf8() {}

  /** Bytes of a text in UTF-8, without encoding it. */
  public static long length(String text) {
    long bytes = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        // Each half of a surrogate pair counts 2 of the character's 4 bytes.
        bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
      }
    }
    return bytes;
  }
}
