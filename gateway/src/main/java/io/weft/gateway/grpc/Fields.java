package io.weft.gateway.grpc;

import io.weft.gateway.json.Bounds;
import io.weft.gateway.json.Invalid;
import java.nio.charset.StandardCharsets;

/** Checks of single values. Failures name the field, the value and the limit. */
final class Fields {
  private static final int MAX_MODEL_NAME = 256;

  private Fields() {}

  /** A model's name. */
  static String modelName(String name) {
    if (name.isEmpty() || name.length() > MAX_MODEL_NAME) {
      throw Invalid.range(
          "model",
          "model has %,d characters, it must have between 1 and %,d"
              .formatted(name.length(), MAX_MODEL_NAME));
    }
    return name;
  }

  /** A text that is needed. */
  static String text(String field, String text) {
    if (text.isEmpty()) {
      throw Invalid.range(field, field + " has 0 characters, at least 1 is needed");
    }
    return text;
  }

  /** A text of up to {@code max} bytes of UTF-8. */
  static String bytes(String field, String text, int max) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > max) {
      throw Invalid.range(
          field, "%s has %,d bytes, it must have between 1 and %,d".formatted(field, bytes, max));
    }
    return text;
  }

  /** The number of entries of a list. */
  static void count(String field, int count, int min, int max) {
    if (count < min || count > max) {
      throw Invalid.range(
          field,
          "%s has %,d entries, it must have between %,d and %,d".formatted(field, count, min, max));
    }
  }

  /** A whole number. */
  static int integer(String field, int value, int min, int max) {
    if (value < min || value > max) {
      throw Invalid.range(
          field,
          max == Integer.MAX_VALUE
              ? "%s is %,d, it must be at least %,d".formatted(field, value, min)
              : "%s is %,d, it must be between %,d and %,d".formatted(field, value, min, max));
    }
    return value;
  }

  /** A number; one that is none is refused. */
  static float number(String field, float value, Bounds bounds) {
    if (!bounds.contain(value)) {
      throw Invalid.range(field, "%s is %s, it must be %s".formatted(field, value, bounds));
    }
    return value;
  }
}
