package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import org.jspecify.annotations.Nullable;

/** Lists of a schema. Where a length is bounded, it is at most {@value #MAX_ITEMS}. */
final class ArrayShape {
  static final int MAX_ITEMS = 1_000;

  private final SchemaCompiler compiler;
  private final Keywords keywords;
  private final int prefix;
  private final int min;

  /** At most so many items; any number when negative. */
  private final int max;

  /** The schema of items after the prefix; null when there are none. */
  private final @Nullable JsonNode items;

  ArrayShape(SchemaCompiler compiler, Keywords keywords) {
    this.compiler = compiler;
    this.keywords = keywords;
    JsonNode tuple = keywords.get("prefixItems");
    this.prefix = tuple == null ? 0 : tuple.size();
    this.items = items();
    this.min = keywords.count("minItems", 0);
    this.max = max();
    check();
  }

  /** Adds the lists. */
  void add(Nfa nfa, int from, int to) {
    int close = nfa.state();
    int before = nfa.state();
    Containers.open(nfa, from, '[', before);
    if (min == 0) {
      nfa.epsilon(before, close);
    }
    int counted = max < 0 ? Math.max(min, prefix) + 1 : max;
    if (items != null) {
      compiler.share(keywords.schema("items", items), Math.max(1, counted - prefix));
    }
    int last = before;
    for (int i = 0; i < counted; i++) {
      int item = before;
      if (i > 0) {
        item = nfa.state();
        Containers.comma(nfa, last, item);
      }
      last = nfa.state();
      addItem(nfa, i, item, last);
      if (i + 1 >= min) {
        nfa.epsilon(last, close);
      }
    }
    if (max < 0) {
      // The last item, again and again.
      int again = nfa.state();
      int after = nfa.state();
      Containers.comma(nfa, last, again);
      addItem(nfa, counted, again, after);
      nfa.epsilon(after, close);
      Containers.comma(nfa, after, again);
    }
    Containers.close(nfa, close, ']', to);
  }

  private void addItem(Nfa nfa, int index, int from, int to) {
    JsonNode tuple = keywords.get("prefixItems");
    if (tuple != null && index < prefix) {
      compiler.value(keywords.schema("prefixItems/" + index, tuple.get(index)), nfa, from, to);
    } else if (items != null) {
      compiler.value(keywords.schema("items", items), nfa, from, to);
    }
  }

  private @Nullable JsonNode items() {
    JsonNode schema = keywords.get("items");
    if (schema == null) {
      return prefix > 0 ? null : BooleanNode.TRUE;
    }
    if (schema.isArray()) {
      throw keywords.at().unsupported("items", "a list of schemas; use prefixItems");
    }
    return schema.isBoolean() && !schema.booleanValue() ? null : schema;
  }

  private int max() {
    int most = keywords.count("maxItems", -1);
    if (items == null) {
      return most < 0 ? prefix : Math.min(most, prefix);
    }
    return most < 0 ? -1 : Math.min(most, MAX_ITEMS);
  }

  private void check() {
    JsonNode unique = keywords.get("uniqueItems");
    if (unique != null && !(unique.isBoolean() && !unique.booleanValue())) {
      throw keywords.at().unsupported("uniqueItems", "true");
    }
    if (min > MAX_ITEMS) {
      throw keywords.at().unsupported("minItems", "%,d > %,d".formatted(min, MAX_ITEMS));
    }
    if (max >= 0 && min > max) {
      throw keywords.at().invalid("minItems", "%,d > %,d items at most".formatted(min, max));
    }
  }
}
