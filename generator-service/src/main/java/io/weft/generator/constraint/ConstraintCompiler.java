package io.weft.generator.constraint;

import io.weft.generator.text.Vocabulary;
import io.weft.runtime.error.WeftException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;

/** Compiles constraints for one vocabulary, on the thread that asks. Immutable. */
final class ConstraintCompiler {
  private final Vocabulary vocabulary;
  private final TokenTrie trie;
  private final long limitNs;
  private final Executor ahead;

  /**
   * @param limitNs most time for one, in nanoseconds
   * @param ahead makes masks before they are asked for
   */
  ConstraintCompiler(Vocabulary vocabulary, long limitNs, Executor ahead) {
    this.vocabulary = vocabulary;
    this.trie = TokenTrie.of(vocabulary);
    this.limitNs = limitNs;
    this.ahead = ahead;
  }

  /**
   * Compiles, and makes the mask of the first token.
   *
   * @throws WeftException.InvalidRequest when the constraint is wrong, not supported, or takes too
   *     much
   */
  TokenConstraint compile(ConstraintSpec spec) {
    try {
      Pushdown automaton = automaton(spec, new Budget(limitNs));
      TokenConstraint constraint = new TokenConstraint(automaton, trie, vocabulary, ahead);
      if (!constraint.canContinue(constraint.start(false))) {
        throw Refusal.invalid("only the empty text has the shape that the constraint describes");
      }
      return constraint;
    } catch (Refusal e) {
      throw new WeftException.InvalidRequest(
          e.reason(), String.valueOf(e.getMessage()), spec.param());
    }
  }

  private Pushdown automaton(ConstraintSpec spec, Budget budget) {
    Grammar grammar = new Grammar(budget);
    int whole = grammar.declare();
    Nfa nfa = grammar.nfa();
    switch (spec) {
      case ConstraintSpec.JsonObject _ -> new AnyJson(grammar).object(nfa, Nfa.START, Nfa.END);
      case ConstraintSpec.Regex regex ->
          Texts.addPlain(nfa, Nfa.START, RegexParser.parse(regex.pattern()).whole(budget), Nfa.END);
      case ConstraintSpec.Choice choice ->
          choice
              .options()
              .forEach(
                  option ->
                      nfa.literal(Nfa.START, option.getBytes(StandardCharsets.UTF_8), Nfa.END));
      case ConstraintSpec.JsonSchema schema ->
          SchemaCompiler.compile(schema.text(), grammar, nfa, Nfa.START, Nfa.END);
    }
    grammar.define(whole, nfa);
    return PushdownBuilder.build(grammar, trie.singleBytes());
  }
}
