package io.weft.generator.constraint;

/**
 * The parts of JSON (RFC 8259). What could go on without end and mean nothing is bounded: between
 * values stands nothing, one space, or one line end with up to {@value #INDENT} spaces; whole
 * numbers have at most {@value #DIGITS} digits, fractions as many more, exponents two.
 */
final class JsonShapes {
  static final int INDENT = 8;
  static final int DIGITS = 15;

  private JsonShapes() {}

  static void space(Nfa nfa, int from, int to) {
    nfa.epsilon(from, to);
    nfa.bytes(from, ' ', ' ', to);
    int state = nfa.state();
    nfa.bytes(from, '\n', '\n', state);
    for (int i = 0; i < INDENT; i++) {
      nfa.epsilon(state, to);
      int next = nfa.state();
      nfa.bytes(state, ' ', ' ', next);
      state = next;
    }
    nfa.epsilon(state, to);
  }

  /**
   * A string of so many characters.
   *
   * @param max any number when negative
   */
  static void string(Nfa nfa, int from, int min, int max, int to) {
    int inside = nfa.state();
    nfa.bytes(from, '"', '"', inside);
    for (int i = 0; i < Math.max(min, max); i++) {
      if (i >= min) {
        nfa.bytes(inside, '"', '"', to);
      }
      int next = nfa.state();
      character(nfa, inside, next);
      inside = next;
    }
    if (max < 0) {
      rest(nfa, inside, to);
    } else {
      nfa.bytes(inside, '"', '"', to);
    }
  }

  /** Any string. */
  static void string(Nfa nfa, int from, int to) {
    string(nfa, from, 0, -1, to);
  }

  /** Any number of characters, and the closing quote. */
  private static void rest(Nfa nfa, int from, int to) {
    int inside = nfa.state();
    nfa.epsilon(from, inside);
    int next = nfa.state();
    character(nfa, inside, next);
    unicodeEscape(nfa, inside, next);
    nfa.epsilon(next, inside);
    nfa.bytes(inside, '"', '"', to);
  }

  /** One character of a string, as it is or in a short escape. */
  private static void character(Nfa nfa, int from, int to) {
    Utf8.add(nfa, from, ' ', '!', to);
    Utf8.add(nfa, from, '#', '[', to);
    Utf8.add(nfa, from, ']', Character.MAX_CODE_POINT, to);
    int escape = nfa.state();
    nfa.bytes(from, '\\', '\\', escape);
    oneOf(nfa, escape, "\"\\/bfnrt", to);
  }

  /** A character by its number; surrogates only in pairs. */
  private static void unicodeEscape(Nfa nfa, int from, int to) {
    int start = nfa.state();
    nfa.literal(from, "\\u", start);
    int c = nfa.state();
    oneOf(nfa, start, "0123456789abcefABCEF", c);
    int d = nfa.state();
    oneOf(nfa, start, "dD", d);
    oneOf(nfa, d, "01234567", hexadecimals(nfa, 2, to));
    oneOf(nfa, c, "0123456789abcdefABCDEF", hexadecimals(nfa, 2, to));
    int high = nfa.state();
    oneOf(nfa, d, "89abAB", hexadecimals(nfa, 2, high));
    int low = nfa.state();
    nfa.literal(high, "\\u", low);
    int lowD = nfa.state();
    oneOf(nfa, low, "dD", lowD);
    oneOf(nfa, lowD, "cdefCDEF", hexadecimals(nfa, 2, to));
  }

  /** The state from which so many digits lead on. */
  private static int hexadecimals(Nfa nfa, int count, int to) {
    int state = to;
    for (int i = 0; i < count; i++) {
      int before = nfa.state();
      oneOf(nfa, before, "0123456789abcdefABCDEF", state);
      state = before;
    }
    return state;
  }

  private static void oneOf(Nfa nfa, int from, String ascii, int to) {
    for (int i = 0; i < ascii.length(); i++) {
      nfa.bytes(from, ascii.charAt(i), ascii.charAt(i), to);
    }
  }

  /** Any whole number. */
  static void integer(Nfa nfa, int from, int to) {
    int digits = sign(nfa, from);
    nfa.bytes(digits, '0', '0', to);
    int more = nfa.state();
    nfa.bytes(digits, '1', '9', more);
    digits(nfa, more, 0, DIGITS - 1, to);
  }

  /** Any number. */
  static void number(Nfa nfa, int from, int to) {
    int whole = nfa.state();
    integer(nfa, from, whole);
    int fraction = nfa.state();
    nfa.epsilon(whole, fraction);
    int point = nfa.state();
    nfa.bytes(whole, '.', '.', point);
    digits(nfa, point, 1, DIGITS, fraction);
    nfa.epsilon(fraction, to);
    int exponent = nfa.state();
    nfa.bytes(fraction, 'e', 'e', exponent);
    nfa.bytes(fraction, 'E', 'E', exponent);
    int signed = nfa.state();
    nfa.epsilon(exponent, signed);
    nfa.bytes(exponent, '+', '+', signed);
    nfa.bytes(exponent, '-', '-', signed);
    digits(nfa, signed, 1, 2, to);
  }

  /** A minus that may be there. */
  private static int sign(Nfa nfa, int from) {
    int after = nfa.state();
    nfa.epsilon(from, after);
    nfa.bytes(from, '-', '-', after);
    return after;
  }

  private static void digits(Nfa nfa, int from, int min, int max, int to) {
    int state = from;
    for (int i = 0; i <= max; i++) {
      if (i >= min) {
        nfa.epsilon(state, to);
      }
      if (i < max) {
        int next = nfa.state();
        nfa.bytes(state, '0', '9', next);
        state = next;
      }
    }
  }
}
