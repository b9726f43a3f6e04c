package io.weft.tokenizer.chat;

/**
 * Where a text stands in another, in time that grows with the sum of their lengths. Java's own
 * search may compare anew at every place: an {@code in} of two long texts of one letter would take
 * many times what a rendering may. So long parts are looked for as Knuth, Morris and Pratt do (Fast
 * Pattern Matching in Strings, 1977).
 */
final class TextSearch {
  /** Java's search is faster for parts of fewer characters, whatever they are. */
  private static final int LONG = 64;

  private TextSearch() {}

  /** The first place at or after {@code from}; -1 where there is none. */
  static int first(String text, String part, int from) {
    if (part.length() < LONG) {
      return text.indexOf(part, from);
    }
    int length = part.length();
    int end = matchEnd(text.length() - from, i -> text.charAt(from + i), length, part::charAt);
    return end < 0 ? -1 : from + end - length;
  }

  /** The last place at or before {@code from}; -1 where there is none. */
  static int last(String text, String part, int from) {
    if (part.length() < LONG) {
      return text.lastIndexOf(part, from);
    }
    int length = part.length();
    int stop = (int) Math.min((long) from + length, text.length());
    // Both are read from their ends.
    int end =
        matchEnd(stop, i -> text.charAt(stop - 1 - i), length, i -> part.charAt(length - 1 - i));
    return end < 0 ? -1 : stop - end;
  }

  private interface Characters {
    char at(int index);
  }

  /** How many characters end with the first match; -1 where there is none. */
  private static int matchEnd(int size, Characters text, int length, Characters part) {
    if (size < length) {
      return -1;
    }
    int[] borders = borders(length, part);
    int matched = 0;
    for (int i = 0; i < size; i++) {
      char c = text.at(i);
      while (matched > 0 && part.at(matched) != c) {
        matched = borders[matched - 1];
      }
      if (part.at(matched) == c && ++matched == length) {
        return i + 1;
      }
    }
    return -1;
  }

  /** For each start of a part, the length of its longest end, not itself, with which it begins. */
  private static int[] borders(int length, Characters part) {
    int[] borders = new int[length];
    int matched = 0;
    for (int i = 1; i < length; i++) {
      char c = part.at(i);
      while (matched > 0 && part.at(matched) != c) {
        matched = borders[matched - 1];
      }
      if (part.at(matched) == c) {
        matched++;
      }
      borders[i] = matched;
    }
    return borders;
  }
}
