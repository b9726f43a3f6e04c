package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Joins keywords that must all hold into one set of keywords. */
final class SchemaMerge {
  private SchemaMerge() {}

  /**
   * Both.
   *
   * @return null when nothing can be of both
   * @throws Refusal when both are there, but one set of keywords cannot say it
   */
  static @Nullable Keywords both(Keywords a, Keywords b, Budget budget) {
    Set<JsonType> types = a.types();
    if (types == null || b.types() == null) {
      types = types == null ? b.types() : types;
    } else {
      types = JsonType.both(types, b.types());
    }
    List<JsonNode> values = Keywords.common(a.values(), b.values(), budget);
    ObjectNode mine = open(a, b);
    ObjectNode theirs = open(b, a);
    Map<String, JsonNode> others = new LinkedHashMap<>(a.others());
    for (Map.Entry<String, JsonNode> entry : b.others().entrySet()) {
      String keyword = entry.getKey();
      JsonNode value = entry.getValue();
      JsonNode known = others.get(keyword);
      if (keyword.equals("properties") || keyword.equals("prefixItems")) {
        continue;
      }
      others.put(
          keyword, known == null || known.equals(value) ? value : join(a, keyword, known, value));
    }
    if (a.has("properties") || b.has("properties")) {
      others.put("properties", properties(mine, theirs));
    }
    if (a.has("prefixItems") || b.has("prefixItems")) {
      others.put("prefixItems", prefixItems(a, b));
    }
    Keywords both = new Keywords(types, values, others, a.at());
    return both.isContradiction() ? null : both;
  }

  /** The properties of {@code own} that {@code other} does not forbid. */
  private static ObjectNode open(Keywords own, Keywords other) {
    ObjectNode properties = JsonNodeFactory.instance.objectNode();
    JsonNode declared = own.get("properties");
    JsonNode theirs = other.get("properties");
    JsonNode rest = other.get("additionalProperties");
    if (declared != null) {
      for (Map.Entry<String, JsonNode> entry : declared.properties()) {
        boolean isDeclared = theirs != null && theirs.has(entry.getKey());
        if (rest == null || isDeclared || isAnything(rest)) {
          properties.set(entry.getKey(), entry.getValue());
        } else if (!rest.isBoolean()) {
          properties.set(entry.getKey(), allOf(entry.getValue(), rest));
        }
      }
    }
    return properties;
  }

  private static ObjectNode properties(ObjectNode a, ObjectNode b) {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    all.setAll(a);
    for (Map.Entry<String, JsonNode> entry : b.properties()) {
      JsonNode known = a.get(entry.getKey());
      all.set(
          entry.getKey(),
          known == null || known.equals(entry.getValue())
              ? entry.getValue()
              : allOf(known, entry.getValue()));
    }
    return all;
  }

  /** The first items of lists; behind those of one, its {@code items} speak of the other's. */
  private static ArrayNode prefixItems(Keywords a, Keywords b) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < Math.max(prefix(a).size(), prefix(b).size()); i++) {
      JsonNode mine = item(a, i);
      JsonNode theirs = item(b, i);
      if (mine.equals(theirs) || isAnything(theirs)) {
        all.add(mine);
      } else {
        all.add(isAnything(mine) ? theirs : allOf(mine, theirs));
      }
    }
    return all;
  }

  private static JsonNode item(Keywords keywords, int index) {
    JsonNode prefix = prefix(keywords);
    JsonNode items = keywords.get("items");
    return index < prefix.size() ? prefix.get(index) : items == null ? BooleanNode.TRUE : items;
  }

  private static JsonNode prefix(Keywords keywords) {
    JsonNode prefix = keywords.get("prefixItems");
    return prefix == null ? JsonNodeFactory.instance.arrayNode() : prefix;
  }

  private static boolean isAnything(JsonNode schema) {
    return schema.isBoolean() && schema.booleanValue();
  }

  private static JsonNode join(Keywords at, String keyword, JsonNode a, JsonNode b) {
    return switch (keyword) {
      case "required" -> union(a, b);
      case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties" ->
          a.decimalValue().compareTo(b.decimalValue()) >= 0 ? a : b;
      case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties" ->
          a.decimalValue().compareTo(b.decimalValue()) <= 0 ? a : b;
      case "items", "additionalProperties" -> {
        if (a.isBoolean() || b.isBoolean()) {
          boolean isA = a.isBoolean() && !a.booleanValue();
          boolean isB = b.isBoolean() && b.booleanValue();
          yield isA || isB ? a : b;
        }
        yield allOf(a, b);
      }
      default -> throw at.at().unsupported(keyword, "two of these that must both hold");
    };
  }

  private static ArrayNode union(JsonNode a, JsonNode b) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    a.forEach(all::add);
    b.forEach(all::add);
    return all;
  }

  private static ObjectNode allOf(JsonNode a, JsonNode b) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.putArray("allOf").add(a).add(b);
    return node;
  }
}
