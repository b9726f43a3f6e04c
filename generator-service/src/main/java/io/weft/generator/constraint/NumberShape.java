package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Numbers of a schema. Within bounds they are written without an exponent. */
final class NumberShape {
  /** No number reaches this: its whole part would have too many digits. */
  private static final BigDecimal LIMIT = BigDecimal.TEN.pow(JsonShapes.DIGITS);

  private NumberShape() {}

  /**
   * An end of a range.
   *
   * @param open whether the value itself is outside
   */
  record Bound(BigDecimal value, boolean open) {
    Bound negated() {
      return new Bound(value.negate(), open);
    }

    /**
     * The same bound, not negative and near the limit at most, for numbers with so many digits
     * after the point.
     */
    private Bound rounded(int digits, RoundingMode mode) {
      BigDecimal least = BigDecimal.ONE.movePointLeft(digits);
      BigDecimal rounded =
          value.signum() > 0 && value.compareTo(least) < 0
              // As setScale does, which would write out all zeros of 1e-999999999.
              ? mode == RoundingMode.CEILING ? least : BigDecimal.ZERO
              : value.setScale(digits, mode);
      return new Bound(rounded, open && rounded.compareTo(value) == 0);
    }
  }

  /**
   * Adds the numbers.
   *
   * @param isWhole only whole ones
   */
  static void add(Keywords keywords, boolean isWhole, Nfa nfa, int from, int to) {
    Bound low = tighter(bound(keywords, "minimum"), bound(keywords, "exclusiveMinimum"), true);
    Bound high = tighter(bound(keywords, "maximum"), bound(keywords, "exclusiveMaximum"), false);
    if (low == null && high == null) {
      if (isWhole) {
        JsonShapes.integer(nfa, from, to);
      } else {
        JsonShapes.number(nfa, from, to);
      }
      return;
    }
    Bound lowest = low == null ? new Bound(LIMIT.negate(), true) : low;
    Bound highest = high == null ? new Bound(LIMIT, true) : high;
    int digits = isWhole ? 0 : JsonShapes.DIGITS;
    positive(lowest, highest, false, digits, nfa, from, to);
    int negative = nfa.state();
    nfa.bytes(from, '-', '-', negative);
    positive(highest.negated(), lowest.negated(), true, digits, nfa, negative, to);
  }

  /**
   * Adds the numbers of a range that have no minus.
   *
   * @param withoutZero leave out 0, which has none
   */
  private static void positive(
      Bound low, Bound high, boolean withoutZero, int digits, Nfa nfa, int from, int to) {
    if (high.value().signum() < 0 || low.value().compareTo(LIMIT) >= 0) {
      return;
    }
    Bound least = low;
    if (low.value().signum() < 0 || (withoutZero && low.value().signum() == 0)) {
      least = new Bound(BigDecimal.ZERO, withoutZero);
    }
    Bound most = high.value().compareTo(LIMIT) >= 0 ? new Bound(LIMIT, true) : high;
    least = least.rounded(digits, RoundingMode.CEILING);
    most = most.rounded(digits, RoundingMode.FLOOR);
    if (most.value().compareTo(LIMIT) == 0) {
      most = new Bound(LIMIT.subtract(BigDecimal.ONE.movePointLeft(digits)), false);
    }
    if (least.value().compareTo(most.value()) <= 0) {
      new DigitRange(least, most, digits, nfa, to).add(from);
    }
  }

  private static @Nullable Bound bound(Keywords keywords, String keyword) {
    JsonNode node = keywords.get(keyword);
    return node == null ? null : new Bound(node.decimalValue(), keyword.startsWith("exclusive"));
  }

  /**
   * The tighter of two bounds.
   *
   * @param isLower whether they are lower bounds
   */
  private static @Nullable Bound tighter(@Nullable Bound a, @Nullable Bound b, boolean isLower) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    int order = a.value().compareTo(b.value());
    if (order == 0) {
      return a.open() ? a : b;
    }
    return isLower == order > 0 ? a : b;
  }
}
