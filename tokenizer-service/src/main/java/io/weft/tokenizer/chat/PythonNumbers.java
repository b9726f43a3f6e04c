package io.weft.tokenizer.chat;

import java.math.BigInteger;
import java.util.Locale;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Python's arithmetic: truth values count as 0 and 1, division rounds down and a remainder has the
 * divisor's sign. Whole numbers have 64 bits; what Python would make longer is an error.
 */
final class PythonNumbers {
  private static final Pattern UNDERSCORES = Pattern.compile("[^\\W_]+(_[^\\W_]+)*");
  private static final Pattern WORD =
      Pattern.compile("([+-]?)(inf|infinity|nan)", Pattern.CASE_INSENSITIVE);
  private static final Pattern FLOATING =
      Pattern.compile("[+-]?(D\\.?|\\.D|D\\.D)([eE][+-]?D)?".replace("D", "\\d+(_\\d+)*"));

  private PythonNumbers() {}

  /** Whether Python counts with a value. */
  static boolean isNumber(@Nullable Object value) {
    return value instanceof Number || value instanceof Boolean;
  }

  static Object add(@Nullable Object left, @Nullable Object right) {
    return apply("+", left, right, Math::addExact, Double::sum);
  }

  static Object subtract(@Nullable Object left, @Nullable Object right) {
    return apply("-", left, right, Math::subtractExact, (a, b) -> a - b);
  }

  static Object multiply(@Nullable Object left, @Nullable Object right) {
    return apply("*", left, right, Math::multiplyExact, (a, b) -> a * b);
  }

  /** {@code left / right}, which is never a whole number. */
  static Object divide(@Nullable Object left, @Nullable Object right) {
    requireNumbers("/", left, right);
    requireDivisor(right);
    return floating(left) / floating(right);
  }

  /** {@code left // right}. */
  static Object floorDivide(@Nullable Object left, @Nullable Object right) {
    requireNumbers("//", left, right);
    requireDivisor(right);
    return apply(
        "//",
        left,
        right,
        (a, b) -> a == Long.MIN_VALUE && b == -1 ? Math.negateExact(a) : Math.floorDiv(a, b),
        PythonNumbers::floorDivide);
  }

  /** {@code left % right} of numbers. */
  static Object remainder(@Nullable Object left, @Nullable Object right) {
    requireNumbers("%", left, right);
    requireDivisor(right);
    return apply("%", left, right, Math::floorMod, PythonNumbers::remainder);
  }

  /** {@code left ** right}. */
  static Object power(@Nullable Object left, @Nullable Object right) {
    requireNumbers("**", left, right);
    if (isWhole(left) && isWhole(right) && whole(right) >= 0) {
      return power(whole(left), whole(right));
    }
    double base = floating(left);
    double exponent = floating(right);
    if (base == 0 && exponent < 0) {
      throw TemplateException.evaluation("0 has no negative power");
    }
    double power = Math.pow(base, exponent);
    if ((Double.isNaN(power) && base < 0) || (Double.isInfinite(power) && Double.isFinite(base))) {
      throw outOfRange("**");
    }
    return power;
  }

  static Object negate(@Nullable Object value) {
    if (isWhole(value)) {
      return subtract(0L, value);
    }
    if (value instanceof Double number) {
      return -number;
    }
    throw TemplateException.evaluation("'-' wants a number, not %s", Python.typeName(value));
  }

  /** Whether Python has an {@code int} or a {@code bool} there. */
  static boolean isWhole(@Nullable Object value) {
    return value instanceof Boolean || Python.isInteger(value);
  }

  static long whole(@Nullable Object value) {
    return switch (value) {
      case Boolean b -> b ? 1 : 0;
      case Number n -> n.longValue();
      case null, default -> throw new IllegalArgumentException("not a number");
    };
  }

  static double floating(@Nullable Object value) {
    return value instanceof Double d ? d : whole(value);
  }

  /** {@code int(value)} of a fraction; null where there is none. */
  static @Nullable Object truncate(double value) {
    if (!Double.isFinite(value)) {
      return null;
    }
    if (Math.abs(value) >= 0x1p63) {
      throw outOfRange("int");
    }
    return (long) value;
  }

  /**
   * {@code int(text, base)}; null where the text is no such number.
   *
   * @throws TemplateException when the number is too large, or the base is none
   */
  static @Nullable Object parseWhole(String text, Object base) {
    int radix = Python.integer(base);
    if (radix != 0 && (radix < 2 || radix > 36)) {
      throw TemplateException.evaluation("a base is 0 or 2 to 36, not %d", radix);
    }
    String digits = PythonText.strip(text, null, true, true);
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    String prefix = digits.length() > 2 ? digits.substring(0, 2).toLowerCase(Locale.ROOT) : "";
    int named = prefix.equals("0x") ? 16 : prefix.equals("0o") ? 8 : prefix.equals("0b") ? 2 : 0;
    if (named != 0 && (radix == 0 || radix == named)) {
      digits = digits.substring(digits.charAt(2) == '_' ? 3 : 2);
      radix = named;
    } else if (radix == 0) {
      radix = digits.length() > 1 && digits.startsWith("0") && !digits.matches("[0_]+") ? 37 : 10;
    }
    if (radix > 36 || !UNDERSCORES.matcher(digits).matches()) {
      return null;
    }
    try {
      return new BigInteger((negative ? "-" : "") + digits.replace("_", ""), radix)
          .longValueExact();
    } catch (NumberFormatException e) {
      return null;
    } catch (ArithmeticException e) {
      throw outOfRange("int");
    }
  }

  /** {@code float(text)}; null where the text is no number. */
  static @Nullable Double parseFloating(String text) {
    String number = PythonText.strip(text, null, true, true);
    Matcher word = WORD.matcher(number);
    if (word.matches()) {
      double value =
          word.group(2).toLowerCase(Locale.ROOT).startsWith("n")
              ? Double.NaN
              : Double.POSITIVE_INFINITY;
      return "-".equals(word.group(1)) ? -value : value;
    }
    return FLOATING.matcher(number).matches()
        ? (Double) Double.parseDouble(number.replace("_", ""))
        : null;
  }

  private static long power(long base, long exponent) {
    long result = 1;
    try {
      for (long square = base, rest = exponent; rest > 0; rest >>= 1) {
        if ((rest & 1) == 1) {
          result = Math.multiplyExact(result, square);
        }
        if (rest > 1) {
          square = Math.multiplyExact(square, square);
        }
      }
    } catch (ArithmeticException e) {
      throw outOfRange("**");
    }
    return result;
  }

  /** {@code float.__mod__}. */
  private static double remainder(double left, double right) {
    double rest = left % right;
    if (rest == 0) {
      return Math.copySign(0, right);
    }
    return (rest < 0) != (right < 0) ? rest + right : rest;
  }

  /** {@code float.__floordiv__}. */
  private static double floorDivide(double left, double right) {
    double rest = left % right;
    double quotient = (left - rest) / right;
    if (rest != 0 && (rest < 0) != (right < 0)) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0, left / right);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static Object apply(
      String operator,
      @Nullable Object left,
      @Nullable Object right,
      LongBinaryOperator whole,
      DoubleBinaryOperator floating) {
    requireNumbers(operator, left, right);
    if (!isWhole(left) || !isWhole(right)) {
      return floating.applyAsDouble(floating(left), floating(right));
    }
    try {
      return whole.applyAsLong(whole(left), whole(right));
    } catch (ArithmeticException e) {
      throw outOfRange(operator);
    }
  }

  private static void requireNumbers(
      String operator, @Nullable Object left, @Nullable Object right) {
    if (!isNumber(left) || !isNumber(right)) {
      throw TemplateException.evaluation(
          "'%s' wants numbers, not %s and %s",
          operator, Python.typeName(left), Python.typeName(right));
    }
  }

  private static void requireDivisor(@Nullable Object divisor) {
    if (floating(divisor) == 0) {
      throw TemplateException.evaluation("division by zero");
    }
  }

  private static TemplateException outOfRange(String operator) {
    return TemplateException.evaluation("'%s' makes a number that is too large", operator);
  }
}
