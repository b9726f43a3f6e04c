package io.weft.generator;

import io.weft.runtime.error.WeftException;
import java.util.Locale;

/** Checks of a request's parameters. Messages never contain text from the request. */
final class Invalid {
  private Invalid() {}

  /** Checks that a number lies in [min, max]. */
  static int inRange(String param, int value, int min, int max) {
    if (value < min || value > max) {
      throw outOfRange(
          param,
          String.format(
              Locale.ROOT,
              "%s is %,d, it must be between %,d and %,d",
              shortName(param),
              value,
              min,
              max));
    }
    return value;
  }

  /** Checks that a number lies in [min, max]; NaN does not. */
  static float inRange(String param, float value, float min, float max) {
    if (!(value >= min && value <= max)) {
      throw outOfRange(
          param,
          "%s is %s, it must be between %s and %s".formatted(shortName(param), value, min, max));
    }
    return value;
  }

  /** Checks that a number lies in (min, max]; NaN does not. */
  static float above(String param, float value, float min, float max) {
    if (!(value > min && value <= max)) {
      throw outOfRange(
          param,
          "%s is %s, it must be above %s and at most %s"
              .formatted(shortName(param), value, min, max));
    }
    return value;
  }

  /** Checks a number of things. */
  static void atMost(String param, String things, int count, int most) {
    if (count > most) {
      throw outOfRange(param, String.format(Locale.ROOT, "%,d %s > %,d", count, things, most));
    }
  }

  static WeftException.InvalidRequest outOfRange(String param, String message) {
    return new WeftException.InvalidRequest("OUT_OF_RANGE", message, param);
  }

  static WeftException.InvalidRequest value(String param, String message) {
    return new WeftException.InvalidRequest("INVALID_VALUE", message, param);
  }

  /** Without the messages that hold the field. */
  static String shortName(String param) {
    return param.substring(param.lastIndexOf('.') + 1);
  }
}
