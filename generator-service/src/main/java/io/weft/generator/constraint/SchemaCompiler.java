package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From a JSON schema to a grammar. A value whose schema contains itself becomes a rule, and so does
 * one that would be large to copy; others are copied to where they stand. Mutable; used once.
 */
final class SchemaCompiler {
  /** States up to which a value is copied. */
  private static final int INLINE = 2_000;

  private static final int MAX_DEPTH = 128;

  private final SchemaDocument document;
  private final SchemaAlternatives alternatives;
  private final Grammar grammar;
  private final AnyJson any;

  /** By the node of their schema, which is the same wherever it is referred to. */
  private final IdentityHashMap<JsonNode, Part> parts = new IdentityHashMap<>();

  private int depth;

  /** A value's automaton: in work, known, or a rule. */
  private static final class Part {
    private @Nullable Integer rule;
    private @Nullable Nfa nfa;
  }

  private SchemaCompiler(SchemaDocument document, Grammar grammar) {
    this.document = document;
    this.alternatives = new SchemaAlternatives(document, grammar.budget());
    this.grammar = grammar;
    this.any = new AnyJson(grammar);
  }

  /**
   * Adds texts that are valid by a schema.
   *
   * @param schema its text
   * @throws Refusal naming where in the schema something is wrong or not supported
   */
  static void compile(String schema, Grammar grammar, Nfa nfa, int from, int to) {
    SchemaDocument document = SchemaDocument.read(schema);
    new SchemaCompiler(document, grammar).value(document.root(), nfa, from, to);
  }

  Grammar grammar() {
    return grammar;
  }

  AnyJson any() {
    return any;
  }

  /** Adds the values of a schema. */
  void value(Schema schema, Nfa nfa, int from, int to) {
    Part part = part(schema);
    if (part.rule == null && part.nfa == null) {
      // It stands inside of itself.
      part.rule = grammar.declare();
    }
    add(part, nfa, from, to);
  }

  /** Makes a value that stands at so many places a rule, when copies of it would be large. */
  void share(Schema schema, int copies) {
    Part part = part(schema);
    Nfa own = part.nfa;
    if (part.rule == null && own != null && (long) own.size() * copies > 4L * INLINE) {
      part.rule = grammar.declare();
      grammar.define(part.rule, own);
    }
  }

  private void add(Part part, Nfa nfa, int from, int to) {
    if (part.rule != null) {
      nfa.call(from, part.rule, to);
    } else if (part.nfa != null) {
      nfa.append(from, part.nfa, to);
    }
  }

  private Part part(Schema schema) {
    Schema behind = document.behindReferences(schema);
    Part part = parts.get(behind.node());
    if (part == null) {
      part = new Part();
      parts.put(behind.node(), part);
      if (++depth > MAX_DEPTH) {
        throw Refusal.tooComplex(
            "%s: values nest deeper than %d".formatted(behind.pointer(), MAX_DEPTH));
      }
      Nfa nfa = grammar.nfa();
      for (Keywords keywords : alternatives.of(behind)) {
        addAlternative(keywords, nfa);
      }
      depth--;
      part.nfa = nfa;
      if (part.rule == null && nfa.size() > INLINE) {
        part.rule = grammar.declare();
      }
      if (part.rule != null) {
        grammar.define(part.rule, nfa);
      }
    }
    return part;
  }

  private void addAlternative(Keywords keywords, Nfa nfa) {
    List<JsonNode> values = keywords.values();
    if (values != null) {
      addValues(keywords, values, nfa);
      return;
    }
    Set<JsonType> types = keywords.typesOrImplied();
    if (types.isEmpty()) {
      any.value(nfa, Nfa.START, Nfa.END);
      return;
    }
    checkImplied(keywords, types);
    for (JsonType type : types) {
      addType(keywords, type, nfa);
    }
  }

  /** Keywords of other types than those named never apply: that is what the schema says. */
  private static void checkImplied(Keywords keywords, Set<JsonType> types) {
    if (keywords.types() == null && types.size() > 1) {
      throw keywords.at().unsupported("type", "none, with keywords of several types");
    }
  }

  private void addType(Keywords keywords, JsonType type, Nfa nfa) {
    switch (type) {
      case OBJECT -> new ObjectShape(this, keywords).add(nfa, Nfa.START, Nfa.END);
      case ARRAY -> new ArrayShape(this, keywords).add(nfa, Nfa.START, Nfa.END);
      case STRING -> StringShape.add(keywords, nfa, Nfa.START, Nfa.END);
      case NUMBER -> NumberShape.add(keywords, false, nfa, Nfa.START, Nfa.END);
      case INTEGER -> NumberShape.add(keywords, true, nfa, Nfa.START, Nfa.END);
      case BOOLEAN -> {
        nfa.literal(Nfa.START, "true", Nfa.END);
        nfa.literal(Nfa.START, "false", Nfa.END);
      }
      case NULL -> nfa.literal(Nfa.START, "null", Nfa.END);
    }
  }

  private static void addValues(Keywords keywords, List<JsonNode> values, Nfa nfa) {
    for (String keyword : keywords.others().keySet()) {
      throw keywords.at().unsupported(keyword, "beside enum or const");
    }
    Set<JsonType> types =
        keywords.types() == null ? EnumSet.allOf(JsonType.class) : keywords.types();
    for (JsonNode value : values) {
      if (JsonType.isOneOf(types, value)) {
        Texts.addLiteral(nfa, Nfa.START, value.toString(), Nfa.END);
      }
    }
  }
}
