package io.weft.runtime.text;

/**
 * How much of a pattern a growing text ends with, as Knuth, Morris and Pratt find it (Fast Pattern
 * Matching in Strings, 1977): the work is linear in the text, whatever the pattern. Mutable.
 */
public final class PrefixAutomaton {
  private final String pattern;

  /** For each length: the longest shorter prefix that the prefix of that length ends with. */
  private final int[] fallback;

  private int length;

  /**
   * @param pattern not empty
   */
  public PrefixAutomaton(String pattern) {
    if (pattern.isEmpty()) {
      throw new IllegalArgumentException("an empty pattern");
    }
    this.pattern = pattern;
    this.fallback = new int[pattern.length() + 1];
    int border = 0;
    for (int i = 1; i < pattern.length(); i++) {
      while (border > 0 && pattern.charAt(border) != pattern.charAt(i)) {
        border = fallback[border];
      }
      border += pattern.charAt(border) == pattern.charAt(i) ? 1 : 0;
      fallback[i + 1] = border;
    }
  }

  public String pattern() {
    return pattern;
  }

  /** How much of the pattern, but less than all, the text ends with. */
  public int length() {
    return length;
  }

  /**
   * Takes the text's next UTF-16 code unit.
   *
   * @return whether the text ends with the whole pattern now
   */
  public boolean advance(char c) {
    while (length > 0 && pattern.charAt(length) != c) {
      length = fallback[length];
    }
    length += pattern.charAt(length) == c ? 1 : 0;
    boolean whole = length == pattern.length();
    if (whole) {
      length = fallback[length];
    }
    return whole;
  }
}
