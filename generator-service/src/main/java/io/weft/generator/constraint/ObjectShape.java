package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.util.automaton.Automata;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;
import org.jspecify.annotations.Nullable;

/**
 * Objects of a schema. Declared properties come in the order of the schema, those that are not
 * required may be left out; then others, where {@code additionalProperties} says so. Where it says
 * nothing and properties are declared, there are no others: that is stricter than the schema.
 */
final class ObjectShape {
  private final SchemaCompiler compiler;
  private final Keywords keywords;
  private final Map<String, JsonNode> properties = new LinkedHashMap<>();
  private final Set<String> required = new LinkedHashSet<>();

  /** The schema of other properties; null when there are none. */
  private final @Nullable JsonNode rest;

  ObjectShape(SchemaCompiler compiler, Keywords keywords) {
    this.compiler = compiler;
    this.keywords = keywords;
    JsonNode declared = keywords.get("properties");
    if (declared != null) {
      declared.properties().forEach(entry -> properties.put(entry.getKey(), entry.getValue()));
    }
    JsonNode names = keywords.get("required");
    if (names != null) {
      names.forEach(name -> required.add(name.textValue()));
    }
    this.rest = rest();
    for (String name : required) {
      properties.putIfAbsent(name, undeclared());
    }
  }

  /** Adds the objects. */
  void add(Nfa nfa, int from, int to) {
    checkCounts();
    int size = properties.size();
    // Before property i: with properties before it, without any, and behind a comma.
    int[] later = states(nfa, size + 1);
    int[] first = states(nfa, size + 1);
    int[] afterComma = states(nfa, size + 1);
    Containers.open(nfa, from, '{', first[0]);
    int i = 0;
    for (Map.Entry<String, JsonNode> property : properties.entrySet()) {
      Containers.comma(nfa, later[i], afterComma[i]);
      int key = nfa.state();
      nfa.epsilon(first[i], key);
      nfa.epsilon(afterComma[i], key);
      if (!isNever(property.getValue())) {
        addProperty(nfa, key, property.getKey(), property.getValue(), later[i + 1]);
      }
      if (!required.contains(property.getKey())) {
        nfa.epsilon(first[i], first[i + 1]);
        nfa.epsilon(afterComma[i], afterComma[i + 1]);
        nfa.epsilon(later[i], later[i + 1]);
      }
      i++;
    }
    if (rest != null) {
      addRest(nfa, first[size], afterComma[size], later[size], rest);
    }
    int close = nfa.state();
    nfa.epsilon(first[size], close);
    nfa.epsilon(later[size], close);
    Containers.close(nfa, close, '}', to);
  }

  private void addProperty(Nfa nfa, int from, String name, JsonNode schema, int to) {
    int colon = nfa.state();
    int value = nfa.state();
    Texts.addLiteral(nfa, from, TextNode.valueOf(name).toString(), colon);
    Containers.colon(nfa, colon, value);
    compiler.value(keywords.schema("properties/" + Refusal.shown(name), schema), nfa, value, to);
  }

  private void addRest(Nfa nfa, int first, int afterComma, int later, JsonNode schema) {
    Containers.comma(nfa, later, afterComma);
    int key = nfa.state();
    nfa.epsilon(first, key);
    nfa.epsilon(afterComma, key);
    int colon = nfa.state();
    int value = nfa.state();
    if (properties.isEmpty()) {
      JsonShapes.string(nfa, key, colon);
    } else {
      int inside = nfa.state();
      int quote = nfa.state();
      nfa.bytes(key, '"', '"', inside);
      Texts.addJson(nfa, inside, otherNames(), quote);
      nfa.bytes(quote, '"', '"', colon);
    }
    Containers.colon(nfa, colon, value);
    compiler.value(keywords.schema("additionalProperties", schema), nfa, value, later);
  }

  /** All names but those declared. */
  private Automaton otherNames() {
    List<Automaton> names = new ArrayList<>();
    properties.keySet().forEach(name -> names.add(Automata.makeString(name)));
    Budget budget = compiler.grammar().budget();
    Automaton declared = Determinizer.determinize(Operations.union(names), budget);
    return Operations.removeDeadStates(
        Operations.minus(
            Operations.repeat(CharSet.all().automaton()), declared, Determinizer.WORK_LIMIT));
  }

  private @Nullable JsonNode rest() {
    JsonNode additional = keywords.get("additionalProperties");
    if (keywords.has("unevaluatedProperties")) {
      throw keywords.at().unsupported("unevaluatedProperties", "anything but false");
    }
    if (additional != null) {
      return isNever(additional) ? null : additional;
    }
    boolean isOpen = properties.isEmpty() && required.isEmpty();
    return isOpen ? BooleanNode.TRUE : null;
  }

  /** The schema of a property that is required but not declared. */
  private JsonNode undeclared() {
    JsonNode additional = keywords.get("additionalProperties");
    return additional == null ? BooleanNode.TRUE : additional;
  }

  private void checkCounts() {
    int min = keywords.count("minProperties", 0);
    int max = keywords.count("maxProperties", Integer.MAX_VALUE);
    if (min > required.size()) {
      throw keywords.at().unsupported("minProperties", "more than there are required properties");
    }
    if (max < Integer.MAX_VALUE && (rest != null || max < properties.size())) {
      throw keywords
          .at()
          .unsupported("maxProperties", "fewer than there may be by the other keywords");
    }
  }

  private static boolean isNever(JsonNode schema) {
    return schema.isBoolean() && !schema.booleanValue();
  }

  private static int[] states(Nfa nfa, int count) {
    int[] states = new int[count];
    for (int i = 0; i < count; i++) {
      states[i] = nfa.state();
    }
    return states;
  }
}
