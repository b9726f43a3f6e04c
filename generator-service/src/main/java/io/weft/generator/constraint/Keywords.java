package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a value must be, without alternatives and references: the keywords of one schema, or of
 * several that must all hold. Immutable.
 *
 * @param types what the value may be; null for anything
 * @param values those that it may have; null for any. {@code const} is one of these
 * @param others further keywords, in the order of the schema
 * @param at the schema that these come from, for errors
 */
record Keywords(
    @Nullable Set<JsonType> types,
    @Nullable List<JsonNode> values,
    Map<String, JsonNode> others,
    Schema at) {

  /** The keywords that stand in a schema itself. */
  static Keywords of(Schema schema, Budget budget) {
    Map<String, JsonNode> others = new LinkedHashMap<>();
    Set<JsonType> types = null;
    List<JsonNode> values = null;
    for (Map.Entry<String, JsonNode> entry : schema.node().properties()) {
      switch (entry.getKey()) {
        case "$ref", "allOf", "anyOf", "oneOf" -> {}
        case "type" -> types = types(schema, entry.getValue());
        case "enum" -> values = common(values, values(schema, entry.getValue()), budget);
        case "const" -> values = common(values, List.of(entry.getValue()), budget);
        default -> {
          if (!SchemaDocument.isAnnotation(entry.getKey())) {
            others.put(entry.getKey(), entry.getValue());
          }
        }
      }
    }
    return new Keywords(types, values, others, schema);
  }

  boolean has(String keyword) {
    return others.containsKey(keyword);
  }

  @Nullable JsonNode get(String keyword) {
    return others.get(keyword);
  }

  /** A schema at a keyword. */
  Schema schema(String keyword, JsonNode node) {
    return new Schema(node, at.pointer() + "/" + keyword);
  }

  /** The types that the value may have when none is named: those that keywords speak of. */
  Set<JsonType> typesOrImplied() {
    if (types != null) {
      return types;
    }
    EnumSet<JsonType> implied = EnumSet.noneOf(JsonType.class);
    for (JsonType type : JsonType.values()) {
      if (type.keywords().stream().anyMatch(others::containsKey)) {
        implied.add(type);
      }
    }
    return implied;
  }

  /**
   * These, when all that stands in their schema is joined in them: {@code unevaluatedProperties}
   * forbids what none of it speaks of, and knows nothing of what is joined later.
   */
  Keywords evaluated() {
    JsonNode unevaluated = others.get("unevaluatedProperties");
    if (unevaluated == null || !unevaluated.isBoolean() || unevaluated.booleanValue()) {
      return this;
    }
    Map<String, JsonNode> closed = new LinkedHashMap<>(others);
    closed.remove("unevaluatedProperties");
    closed.putIfAbsent("additionalProperties", unevaluated);
    return new Keywords(types, values, closed, at);
  }

  /** Whether nothing can be of all these. */
  boolean isContradiction() {
    return (types != null && types.isEmpty()) || (values != null && values.isEmpty());
  }

  /**
   * A whole number of at least 0.
   *
   * @param absent what its absence means
   */
  int count(String keyword, int absent) {
    JsonNode node = others.get(keyword);
    if (node == null) {
      return absent;
    }
    if (!node.isNumber()
        || node.decimalValue().signum() < 0
        || node.decimalValue().stripTrailingZeros().scale() > 0) {
      throw at.invalid(keyword, "must be a whole number of at least 0");
    }
    return node.decimalValue().min(BigDecimal.valueOf(Integer.MAX_VALUE)).intValue();
  }

  /** Values of both lists; null stands for all. */
  static @Nullable List<JsonNode> common(
      @Nullable List<JsonNode> a, @Nullable List<JsonNode> b, Budget budget) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.stream().filter(value -> isAmong(value, b, budget)).toList();
  }

  /** Whether a value is one of some. */
  static boolean isAmong(JsonNode value, List<JsonNode> values, Budget budget) {
    budget.work(values.size());
    return values.stream().anyMatch(other -> same(value, other));
  }

  /** Whether JSON Schema takes two values for one: numbers by their value. */
  private static boolean same(JsonNode a, JsonNode b) {
    return a.equals(
        (x, y) ->
            x.isNumber() && y.isNumber()
                ? x.decimalValue().compareTo(y.decimalValue())
                : x.equals(y) ? 0 : 1,
        b);
  }

  private static Set<JsonType> types(Schema schema, JsonNode node) {
    EnumSet<JsonType> types = EnumSet.noneOf(JsonType.class);
    List<JsonNode> names = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(names::add);
    } else {
      names.add(node);
    }
    for (JsonNode name : names) {
      types.add(
          JsonType.named(name.asText(""))
              .orElseThrow(() -> schema.invalid("type", "is none of JSON Schema's types")));
    }
    return types;
  }

  private static List<JsonNode> values(Schema schema, JsonNode node) {
    if (!node.isArray() || node.isEmpty()) {
      throw schema.invalid("enum", "must be a list of at least one value");
    }
    List<JsonNode> values = new ArrayList<>();
    node.forEach(values::add);
    return values;
  }
}
