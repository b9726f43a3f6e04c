package io.weft.generator.constraint;

import org.jspecify.annotations.Nullable;

/** Any JSON value, as a rule that calls itself. Mutable; belongs to one thread. */
final class AnyJson {
  private final Grammar grammar;
  private @Nullable Integer rule;

  AnyJson(Grammar grammar) {
    this.grammar = grammar;
  }

  /** Any value. */
  void value(Nfa nfa, int from, int to) {
    nfa.call(from, rule(), to);
  }

  /** Any object. */
  void object(Nfa nfa, int from, int to) {
    int members = nfa.state();
    Containers.open(nfa, from, '{', members);
    int member = nfa.state();
    int after = nfa.state();
    int close = nfa.state();
    nfa.epsilon(members, member);
    nfa.epsilon(members, close);
    int key = nfa.state();
    JsonShapes.string(nfa, member, key);
    int value = nfa.state();
    Containers.colon(nfa, key, value);
    value(nfa, value, after);
    Containers.comma(nfa, after, member);
    nfa.epsilon(after, close);
    Containers.close(nfa, close, '}', to);
  }

  /** Any list. */
  void array(Nfa nfa, int from, int to) {
    int items = nfa.state();
    Containers.open(nfa, from, '[', items);
    int item = nfa.state();
    int after = nfa.state();
    int close = nfa.state();
    nfa.epsilon(items, item);
    nfa.epsilon(items, close);
    value(nfa, item, after);
    Containers.comma(nfa, after, item);
    nfa.epsilon(after, close);
    Containers.close(nfa, close, ']', to);
  }

  private int rule() {
    if (rule == null) {
      rule = grammar.declare();
      Nfa nfa = grammar.nfa();
      JsonShapes.string(nfa, Nfa.START, Nfa.END);
      JsonShapes.number(nfa, Nfa.START, Nfa.END);
      nfa.literal(Nfa.START, "true", Nfa.END);
      nfa.literal(Nfa.START, "false", Nfa.END);
      nfa.literal(Nfa.START, "null", Nfa.END);
      object(nfa, Nfa.START, Nfa.END);
      array(nfa, Nfa.START, Nfa.END);
      grammar.define(rule, nfa);
    }
    return rule;
  }
}
