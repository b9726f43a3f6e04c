package io.weft.generator.constraint;

import java.math.BigDecimal;

/**
 * Decimal numbers of a range as an automaton. Numbers are compared with both ends digit by digit,
 * all written with equally many; a state knows how many digits came, and whether they are still
 * those of either end. Mutable; used once.
 */
final class DigitRange {
  private final Nfa nfa;
  private final int to;
  private final int whole = JsonShapes.DIGITS;
  private final int length;
  private final String low;
  private final String high;
  private final boolean lowOpen;
  private final boolean highOpen;

  /** The state after so many digits; four for each, by which ends they are still those of. */
  private final int[] states;

  /**
   * @param low at least 0
   * @param high at least {@code low}, of at most {@link JsonShapes#DIGITS} digits before the point
   * @param fraction digits after the point, in both ends as well
   */
  DigitRange(NumberShape.Bound low, NumberShape.Bound high, int fraction, Nfa nfa, int to) {
    this.nfa = nfa;
    this.to = to;
    this.length = whole + fraction;
    this.low = digits(low.value(), fraction);
    this.high = digits(high.value(), fraction);
    this.lowOpen = low.open();
    this.highOpen = high.open();
    this.states = new int[4 * (length + 1)];
  }

  /** Adds the numbers. */
  void add(int from) {
    // A number of so many digits before the point has zeros before them.
    for (int count = 1; count <= whole; count++) {
      int zeros = whole - count;
      if (isZero(low, 0, zeros)) {
        boolean isHigh = isZero(high, 0, zeros);
        addDigits(from, zeros, true, isHigh, count > 1 ? '1' : '0');
      }
    }
  }

  /** The next digit after so many. */
  private void addDigits(int from, int count, boolean isLow, boolean isHigh, char least) {
    char first = (char) Math.max(least, isLow ? low.charAt(count) : '0');
    char last = isHigh ? high.charAt(count) : '9';
    for (char digit = first; digit <= last; digit++) {
      boolean staysLow = isLow && digit == low.charAt(count);
      boolean staysHigh = isHigh && digit == high.charAt(count);
      nfa.bytes(from, digit, digit, state(count + 1, staysLow, staysHigh));
    }
  }

  private int state(int count, boolean isLow, boolean isHigh) {
    int key = 4 * count + (isLow ? 2 : 0) + (isHigh ? 1 : 0);
    if (states[key] == 0) {
      int state = nfa.state();
      states[key] = state;
      if (count >= whole && mayEnd(count, isLow, isHigh)) {
        nfa.epsilon(state, to);
      }
      if (count == whole && length > whole) {
        int point = nfa.state();
        nfa.bytes(state, '.', '.', point);
        addDigits(point, count, isLow, isHigh, '0');
      } else if (count < length) {
        addDigits(state, count, isLow, isHigh, '0');
      }
    }
    return states[key];
  }

  /** Whether a number of these digits, and zeros after them, lies in the range. */
  private boolean mayEnd(int count, boolean isLow, boolean isHigh) {
    boolean aboveLow = !isLow || (isZero(low, count, length) && !lowOpen);
    boolean belowHigh = !isHigh || !highOpen || !isZero(high, count, length);
    return aboveLow && belowHigh;
  }

  private String digits(BigDecimal value, int fraction) {
    String digits = value.movePointRight(fraction).toBigIntegerExact().toString();
    return "0".repeat(length - digits.length()) + digits;
  }

  private static boolean isZero(String digits, int from, int to) {
    return digits.substring(from, to).chars().allMatch(c -> c == '0');
  }
}
