package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether two alternatives can be told apart for sure: no value is of both. */
final class Disjoint {
  private Disjoint() {}

  /** True only when it is certain. */
  static boolean areDisjoint(Keywords a, Keywords b, Budget budget) {
    List<JsonNode> values = a.values() == null ? b.values() : a.values();
    if (values != null) {
      return values.stream().noneMatch(value -> mayBe(a, value, budget) && mayBe(b, value, budget));
    }
    Set<JsonType> types = a.types();
    Set<JsonType> others = b.types();
    if (types == null || others == null) {
      return false;
    }
    Set<JsonType> both = JsonType.both(types, others);
    return both.isEmpty()
        || (both.equals(Set.of(JsonType.OBJECT)) && areObjectsDisjoint(a, b, budget));
  }

  private static boolean mayBe(Keywords keywords, JsonNode value, Budget budget) {
    List<JsonNode> values = keywords.values();
    Set<JsonType> types = keywords.types();
    return (values == null || Keywords.isAmong(value, values, budget))
        && (types == null || JsonType.isOneOf(types, value));
  }

  private static boolean areObjectsDisjoint(Keywords a, Keywords b, Budget budget) {
    Set<String> required = required(a);
    Set<String> requiredByB = required(b);
    if (required.stream().anyMatch(key -> isForbidden(b, key))
        || requiredByB.stream().anyMatch(key -> isForbidden(a, key))) {
      return true;
    }
    // A key that one requires and both know, with values that differ.
    required.addAll(requiredByB);
    return required.stream()
        .anyMatch(
            key -> {
              JsonNode mine = property(a, key);
              JsonNode theirs = property(b, key);
              return mine != null && theirs != null && areApart(a, mine, theirs, budget);
            });
  }

  private static boolean areApart(Keywords at, JsonNode a, JsonNode b, Budget budget) {
    if (!a.isObject() || !b.isObject()) {
      return false;
    }
    return areDisjoint(
        Keywords.of(at.schema("properties", a), budget),
        Keywords.of(at.schema("properties", b), budget),
        budget);
  }

  private static boolean isForbidden(Keywords keywords, String key) {
    JsonNode rest = keywords.get("additionalProperties");
    return rest != null
        && rest.isBoolean()
        && !rest.booleanValue()
        && property(keywords, key) == null;
  }

  private static Set<String> required(Keywords keywords) {
    Set<String> names = new HashSet<>();
    JsonNode required = keywords.get("required");
    if (required != null) {
      required.forEach(name -> names.add(name.asText()));
    }
    return names;
  }

  private static @Nullable JsonNode property(Keywords keywords, String key) {
    JsonNode properties = keywords.get("properties");
    return properties == null ? null : properties.get(key);
  }
}
