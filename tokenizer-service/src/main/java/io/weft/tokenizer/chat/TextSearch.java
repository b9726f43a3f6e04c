package io.weft.tokenizer.chat;

import io.weft.runtime.text.PrefixAutomaton;

/**
 * Where a text stands in another, in time that grows with the sum of their lengths. Java's own
 * search may compare anew at every place: an {@code in} of two long texts of one letter would take
 * many times what a rendering may.
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
    PrefixAutomaton automaton = new PrefixAutomaton(part);
    for (int i = from; i < text.length(); i++) {
      if (automaton.advance(text.charAt(i))) {
        return i + 1 - part.length();
      }
    }
    return -1;
  }

  /** The last place at or before {@code from}; -1 where there is none. */
  static int last(String text, String part, int from) {
    if (part.length() < LONG) {
      return text.lastIndexOf(part, from);
    }
    // Both are read from their ends.
    PrefixAutomaton automaton = new PrefixAutomaton(backwards(part));
    for (int i = Math.min(from + part.length(), text.length()) - 1; i >= 0; i--) {
      if (automaton.advance(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }

  /** By code units, where {@link StringBuilder#reverse} keeps surrogate pairs. */
  private static String backwards(String text) {
    char[] reversed = new char[text.length()];
    for (int i = 0; i < reversed.length; i++) {
      reversed[i] = text.charAt(reversed.length - 1 - i);
    }
    return new String(reversed);
  }
}
