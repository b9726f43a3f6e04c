package io.weft.gateway.json;

/**
 * The range of a number.
 *
 * @param min lower end
 * @param max upper end, included
 * @param open whether the lower end is excluded
 */
public record Bounds(double min, double max, boolean open) {
  /** {@code [min, max]}. */
  public static Bounds closed(double min, double max) {
    return new Bounds(min, max, false);
  }

  /** {@code (min, max]}. */
  public static Bounds above(double min, double max) {
    return new Bounds(min, max, true);
  }

  /** Whether {@code value} lies within. */
  public boolean contain(double value) {
    return value <= max && (open ? value > min : value >= min);
  }

  @Override
  public String toString() {
    return open
        ? "above %s and at most %s".formatted(show(min), show(max))
        : "between %s and %s".formatted(show(min), show(max));
  }

  static String show(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? "%,d".formatted((long) value)
        : Double.toString(value);
  }
}
