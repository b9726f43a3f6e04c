package io.weft.generator.constraint;

import io.weft.generator.text.IncrementalText;
import io.weft.generator.text.Vocabularies;
import io.weft.generator.text.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.BitSet;
import java.util.SplittableRandom;

/** A compiled constraint that a test asks. */
final class Shape {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final Vocabulary vocabulary = Vocabularies.bytesAndWords(false);
  private final TokenConstraint constraint;

  private Shape(ConstraintSpec spec) {
    this.constraint =
        new ConstraintCompiler(vocabulary, LIMIT.toNanos(), Runnable::run).compile(spec);
  }

  static Shape of(ConstraintSpec spec) {
    return new Shape(spec);
  }

  static Shape regex(String pattern) {
    return new Shape(new ConstraintSpec.Regex(pattern));
  }

  static Shape schema(String schema) {
    return new Shape(new ConstraintSpec.JsonSchema(schema));
  }

  TokenConstraint constraint() {
    return constraint;
  }

  /** Whether the text has the shape; byte by byte, each checked against the mask too. */
  boolean accepts(String text) {
    ConstraintState state = constraint.start(false);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      boolean allowed = BitSet.valueOf(constraint.allowed(state)).get(b & 0xff);
      ConstraintState next = constraint.advance(state, b & 0xff);
      if (allowed != (next != null)) {
        throw new AssertionError("mask and automaton disagree");
      }
      if (next == null) {
        return false;
      }
      state = next;
    }
    return constraint.isComplete(state);
  }

  /**
   * A random text of allowed tokens, inclined to signs that close something.
   *
   * @return null when it was cut after so many tokens
   */
  String walk(SplittableRandom random, int maxTokens) {
    IncrementalText text = new IncrementalText(vocabulary, true);
    StringBuilder result = new StringBuilder();
    ConstraintState state = constraint.start(false);
    for (int i = 0; i < maxTokens; i++) {
      BitSet allowed = BitSet.valueOf(constraint.allowed(state));
      boolean complete = constraint.isComplete(state);
      if (complete && (allowed.isEmpty() || random.nextInt(4) == 0)) {
        return result + text.finish();
      }
      if (allowed.isEmpty()) {
        throw new AssertionError("nothing can follow");
      }
      int token = choose(allowed, random);
      result.append(text.add(token));
      state = constraint.advance(state, token);
      if (state == null) {
        throw new AssertionError("an allowed token cannot come");
      }
    }
    return null;
  }

  private static int choose(BitSet allowed, SplittableRandom random) {
    if (random.nextInt(3) == 0) {
      for (char c : new char[] {'"', '}', ']', ','}) {
        if (allowed.get(c)) {
          return c;
        }
      }
    }
    return allowed.stream().skip(random.nextInt(allowed.cardinality())).findFirst().orElseThrow();
  }
}
