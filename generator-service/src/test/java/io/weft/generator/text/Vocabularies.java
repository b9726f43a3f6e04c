package io.weft.generator.text;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Vocabularies for tests. */
public final class Vocabularies {
  private Vocabularies() {}

  /** Tokens 0 to 255 are the bytes, after them come a special token and some words. */
  public static final int SPECIAL = 256;

  private static final List<String> WORDS =
      List.of("hello", " world", "é", "日本", "😀", "\n\n", "stop", "st");

  /** Bytes, one special token, some words. */
  public static Vocabulary bytesAndWords(boolean stripLeadingSpace) {
    Vocabulary.Builder builder = new Vocabulary.Builder(257 + WORDS.size());
    for (int i = 0; i < 256; i++) {
      builder.add(i, new byte[] {(byte) i}, false, false);
    }
    builder.add(SPECIAL, bytes("<|end|>"), true, false);
    for (int i = 0; i < WORDS.size(); i++) {
      builder.add(257 + i, bytes(WORDS.get(i)), false, false);
    }
    return builder.build(stripLeadingSpace);
  }

  /** Token i spells letter i, "a" to "z" and over again. */
  public static Vocabulary letters(int size) {
    Vocabulary.Builder builder = new Vocabulary.Builder(size);
    for (int i = 0; i < size; i++) {
      builder.add(i, new byte[] {(byte) ('a' + i % 26)}, false, false);
    }
    return builder.build(false);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
