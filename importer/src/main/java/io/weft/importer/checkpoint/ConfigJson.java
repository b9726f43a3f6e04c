package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import java.util.Arrays;
import java.util.List;

/** Typed and bounded reading of {@code config.json}; every refusal names the field. */
record ConfigJson(JsonNode json) {
  /** A number in [1, max] that must be there. */
  int integer(String field, int max) {
    if (!json.hasNonNull(field)) {
      throw new ImportException("config.json has no " + field);
    }
    return integer(field, max, 0);
  }

  /** A number in [1, max]. */
  int integer(String field, int max, int otherwise) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new ImportException("config.json: %s is no integer".formatted(field));
    }
    if (value.asLong() < 1 || value.asLong() > max) {
      throw new ImportException(
          "config.json: %s is %,d, it must lie in [1, %,d]".formatted(field, value.asLong(), max));
    }
    return value.asInt();
  }

  /** A number in [0, size). */
  int index(String field, int size, int otherwise) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isInt() || value.asInt() < 0 || value.asInt() >= size) {
      throw new ImportException(
          "config.json: %s is %s, it must lie in [0, %,d)".formatted(field, value, size));
    }
    return value.asInt();
  }

  /** A finite number above 0. */
  float positive(String field, double otherwise) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return (float) otherwise;
    }
    float number = value.isNumber() ? value.floatValue() : Float.NaN;
    if (!Float.isFinite(number) || number <= 0) {
      throw new ImportException(
          "config.json: %s is %s, it must be a number above 0".formatted(field, value));
    }
    return number;
  }

  String text(String field, String otherwise) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isTextual()) {
      throw new ImportException("config.json: %s is no text".formatted(field));
    }
    return value.asText();
  }

  boolean flag(String field, boolean otherwise) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw new ImportException("config.json: %s is neither true nor false".formatted(field));
    }
    return value.asBoolean();
  }

  boolean has(String field) {
    return json.hasNonNull(field);
  }

  /** The object in {@code field}; an empty one without it. */
  ConfigJson object(String field) {
    JsonNode value = json.path(field);
    if (!value.isMissingNode() && !value.isNull() && !value.isObject()) {
      throw new ImportException("config.json: %s is no object".formatted(field));
    }
    return new ConfigJson(value);
  }

  /** Refuses any value of {@code field} but the supported ones. */
  void require(String field, String otherwise, String... supported) {
    String value = text(field, otherwise);
    if (!Arrays.asList(supported).contains(value)) {
      throw new ImportException(
          "config.json: %s '%s' is not supported; supported: %s"
              .formatted(field, value, List.of(supported)));
    }
  }

  /** Refuses a flag that is set. */
  void refuse(String flag) {
    if (flag(flag, false)) {
      throw new ImportException("config.json: %s is not supported".formatted(flag));
    }
  }
}
