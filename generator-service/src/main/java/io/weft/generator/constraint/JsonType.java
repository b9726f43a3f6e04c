package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The types of JSON Schema, with the keywords that only concern values of that type. */
enum JsonType {
  OBJECT,
  ARRAY,
  STRING,
  NUMBER,
  INTEGER,
  BOOLEAN,
  NULL;

  List<String> keywords() {
    return switch (this) {
      case OBJECT ->
          List.of(
              "properties",
              "required",
              "additionalProperties",
              "unevaluatedProperties",
              "minProperties",
              "maxProperties");
      case ARRAY -> List.of("items", "prefixItems", "minItems", "maxItems", "uniqueItems");
      case STRING -> List.of("minLength", "maxLength", "pattern", "format");
      case NUMBER -> List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");
      case INTEGER, BOOLEAN, NULL -> List.of();
    };
  }

  static Optional<JsonType> named(String name) {
    return Arrays.stream(values())
        .filter(type -> type.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst();
  }

  /** Whether a value is of one of the types; 1.0 is an integer. */
  static boolean isOneOf(Set<JsonType> types, JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> types.contains(OBJECT);
      case ARRAY -> types.contains(ARRAY);
      case STRING -> types.contains(STRING);
      case BOOLEAN -> types.contains(BOOLEAN);
      case NULL -> types.contains(NULL);
      case NUMBER ->
          types.contains(NUMBER)
              || (types.contains(INTEGER)
                  && value.decimalValue().stripTrailingZeros().scale() <= 0);
      case BINARY, MISSING, POJO -> false;
    };
  }

  /** The types that both sets have; an integer is a number. */
  static Set<JsonType> both(Set<JsonType> a, Set<JsonType> b) {
    EnumSet<JsonType> both = EnumSet.noneOf(JsonType.class);
    for (JsonType type : values()) {
      boolean inA = a.contains(type) || (type == INTEGER && a.contains(NUMBER));
      boolean inB = b.contains(type) || (type == INTEGER && b.contains(NUMBER));
      if (inA && inB) {
        both.add(type);
      }
    }
    if (both.contains(NUMBER)) {
      both.remove(INTEGER);
    }
    return both;
  }
}
