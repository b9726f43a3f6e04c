package io.weft.generator.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;
import org.jspecify.annotations.Nullable;

/**
 * Strings of a schema; lengths count characters. A string whose length is bounded has at most
 * {@value #MAX_LENGTH} of them, also where the schema allows more.
 */
final class StringShape {
  static final int MAX_LENGTH = 2_000;

  /** Most states of a pattern times lengths to be told apart. */
  private static final long MAX_PRODUCT = 200_000;

  private StringShape() {}

  /** Adds the strings. */
  static void add(Keywords keywords, Nfa nfa, int from, int to) {
    int min = keywords.count("minLength", 0);
    int max = keywords.count("maxLength", -1);
    if (min > MAX_LENGTH) {
      throw keywords.at().unsupported("minLength", "%,d > %,d".formatted(min, MAX_LENGTH));
    }
    if (max >= 0 && min > max) {
      throw keywords.at().invalid("minLength", "%,d > maxLength, %,d".formatted(min, max));
    }
    int most = max < 0 ? -1 : Math.min(max, MAX_LENGTH);
    Automaton texts = texts(keywords, nfa.budget());
    if (texts == null) {
      JsonShapes.string(nfa, from, min, most, to);
    } else {
      int inside = nfa.state();
      int end = nfa.state();
      nfa.bytes(from, '"', '"', inside);
      Texts.addJson(nfa, inside, bounded(keywords, texts, min, most, nfa.budget()), end);
      nfa.bytes(end, '"', '"', to);
    }
  }

  /** What pattern and format say together; null when neither is there. */
  private static @Nullable Automaton texts(Keywords keywords, Budget budget) {
    JsonNode pattern = keywords.get("pattern");
    JsonNode format = keywords.get("format");
    Automaton texts = null;
    if (pattern != null) {
      try {
        texts = RegexParser.parse(pattern.textValue()).found(budget);
      } catch (Refusal e) {
        throw e.at(keywords.at().pointer() + ", pattern: ");
      }
    }
    if (format != null) {
      String expression = Formats.REGEX.get(format.textValue());
      if (expression == null) {
        throw keywords.at().unsupported("format", "this format");
      }
      Automaton formatted = RegexParser.parse(expression).whole(budget);
      texts = texts == null ? formatted : intersection(keywords, texts, formatted, budget);
    }
    return texts;
  }

  private static Automaton bounded(
      Keywords keywords, Automaton texts, int min, int max, Budget budget) {
    if (min == 0 && max < 0) {
      return texts;
    }
    Automaton any = CharSet.all().automaton();
    Automaton lengths = max < 0 ? Operations.repeat(any, min) : Operations.repeat(any, min, max);
    return intersection(keywords, texts, Determinizer.determinize(lengths, budget), budget);
  }

  private static Automaton intersection(
      Keywords keywords, Automaton a, Automaton b, Budget budget) {
    long product = (long) a.getNumStates() * b.getNumStates();
    if (product > MAX_PRODUCT) {
      throw Refusal.tooComplex(
          "%s, pattern or format: with the length it needs up to %,d states > %,d"
              .formatted(keywords.at().pointer(), product, MAX_PRODUCT));
    }
    return Determinizer.determinize(Operations.intersection(a, b), budget);
  }
}
