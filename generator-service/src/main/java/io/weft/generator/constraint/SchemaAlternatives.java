package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes a schema apart into alternatives of plain keywords: references are followed, {@code anyOf}
 * and {@code oneOf} are multiplied out, {@code allOf} is joined. Mutable; belongs to one thread.
 */
final class SchemaAlternatives {
  private static final int MAX_ALTERNATIVES = 512;
  private static final int MAX_DEEP = 64;

  private final SchemaDocument document;
  private final Budget budget;
  private final IdentityHashMap<JsonNode, List<Keywords>> known = new IdentityHashMap<>();
  private int depth;

  SchemaAlternatives(SchemaDocument document, Budget budget) {
    this.document = document;
    this.budget = budget;
  }

  /** What a value may be; empty when nothing. {@code true} is one alternative without keywords. */
  List<Keywords> of(Schema schema) {
    List<Keywords> found = known.get(schema.node());
    if (found == null) {
      if (++depth > MAX_DEEP) {
        throw Refusal.invalid(
            "%s: references and alternatives nest deeper than %d, or lead only to themselves"
                .formatted(schema.pointer(), MAX_DEEP));
      }
      found = List.copyOf(find(schema));
      depth--;
      known.put(schema.node(), found);
    }
    return found;
  }

  private List<Keywords> find(Schema schema) {
    JsonNode node = schema.node();
    if (node.isBoolean()) {
      return node.booleanValue() ? List.of(new Keywords(null, null, Map.of(), schema)) : List.of();
    }
    if (!node.isObject()) {
      throw Refusal.invalid(
          "%s: a schema must be an object, true or false".formatted(schema.pointer()));
    }
    document.check(schema);
    List<Keywords> found = List.of(Keywords.of(schema, budget));
    if (node.has("$ref")) {
      found = product(schema, found, of(document.resolve(schema)));
    }
    if (node.has("allOf")) {
      for (int i = 0; i < node.get("allOf").size(); i++) {
        found = product(schema, found, of(schema.child("allOf", i)));
      }
    }
    if (node.has("anyOf")) {
      List<Keywords> any = new ArrayList<>();
      for (int i = 0; i < node.get("anyOf").size(); i++) {
        any.addAll(of(schema.child("anyOf", i)));
      }
      found = product(schema, found, any);
    }
    if (node.has("oneOf")) {
      found = product(schema, found, one(schema));
    }
    return found.stream().map(Keywords::evaluated).toList();
  }

  private List<Keywords> one(Schema schema) {
    List<Keywords> one = new ArrayList<>();
    for (int i = 0; i < schema.node().get("oneOf").size(); i++) {
      List<Keywords> next = of(schema.child("oneOf", i));
      for (Keywords mine : next) {
        for (Keywords earlier : one) {
          budget.work(100);
          if (!Disjoint.areDisjoint(mine, earlier, budget)) {
            throw schema.unsupported(
                "oneOf", "alternatives of which more than one may hold; use anyOf");
          }
        }
      }
      one.addAll(next);
      checkCount(schema, one.size());
    }
    return one;
  }

  private List<Keywords> product(Schema schema, List<Keywords> a, List<Keywords> b) {
    List<Keywords> all = new ArrayList<>();
    checkCount(schema, a.size() * b.size());
    for (Keywords left : a) {
      for (Keywords right : b) {
        budget.work(100);
        @Nullable Keywords both = SchemaMerge.both(left, right, budget);
        if (both != null) {
          all.add(both);
        }
      }
    }
    return all;
  }

  private static void checkCount(Schema schema, int count) {
    if (count > MAX_ALTERNATIVES) {
      throw Refusal.tooComplex(
          "%s: %,d alternatives > %,d".formatted(schema.pointer(), count, MAX_ALTERNATIVES));
    }
  }
}
