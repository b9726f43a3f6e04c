package io.weft.generator.text;

/**
 * Decodes UTF-8 byte by byte, so that a character split over tokens appears when it is whole.
 * Broken input becomes U+FFFD, one for each maximal subpart of an ill-formed sequence (Unicode
 * 16.0, section 3.9, table 3-8), which is what Python's {@code bytes.decode(errors="replace")} and
 * Rust's {@code from_utf8_lossy} do and Java's own decoder, for surrogates, does not.
 *
 * <p>Mutable; belongs to one thread.
 */
final class Utf8Decoder {
  private static final char REPLACEMENT = '\uFFFD';

  /** Bits of the unfinished character. */
  private int codePoint;

  /** Continuation bytes that are still missing; 0 between characters. */
  private int missing;

  /** The next continuation byte's range, narrower than 80..BF after some first bytes. */
  private int lowest;

  private int highest;

  /** Takes one byte and appends what it makes certain. */
  void accept(byte signed, StringBuilder out) {
    int value = signed & 0xff;
    if (missing > 0) {
      if (value >= lowest && value <= highest) {
        continueCharacter(value, out);
        return;
      }
      missing = 0;
      out.append(REPLACEMENT);
    }
    startCharacter(value, out);
  }

  /** Ends the text: a character that is still unfinished was broken. */
  void finish(StringBuilder out) {
    if (missing > 0) {
      missing = 0;
      out.append(REPLACEMENT);
    }
  }

  private void continueCharacter(int value, StringBuilder out) {
    codePoint = (codePoint << 6) | (value & 0x3f);
    missing--;
    lowest = 0x80;
    highest = 0xbf;
    if (missing == 0) {
      out.appendCodePoint(codePoint);
    }
  }

  private void startCharacter(int value, StringBuilder out) {
    if (value < 0x80) {
      out.append((char) value);
    } else if (value >= 0xc2 && value <= 0xdf) {
      expect(1, value & 0x1f, 0x80, 0xbf);
    } else if (value >= 0xe0 && value <= 0xef) {
      // E0 would be overlong below A0; ED would be a surrogate above 9F.
      expect(2, value & 0x0f, value == 0xe0 ? 0xa0 : 0x80, value == 0xed ? 0x9f : 0xbf);
    } else if (value >= 0xf0 && value <= 0xf4) {
      // F0 would be overlong below 90; F4 would pass U+10FFFF above 8F.
      expect(3, value & 0x07, value == 0xf0 ? 0x90 : 0x80, value == 0xf4 ? 0x8f : 0xbf);
    } else {
      out.append(REPLACEMENT);
    }
  }

  private void expect(int continuations, int bits, int from, int to) {
    missing = continuations;
    codePoint = bits;
    lowest = from;
    highest = to;
  }
}
