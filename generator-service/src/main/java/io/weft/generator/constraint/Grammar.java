package io.weft.generator.constraint;

import java.util.ArrayList;
import java.util.List;

/**
 * Rules that can call each other: what nests without end in the shape of a text. Rule 0 is the
 * whole text. Mutable; belongs to one thread.
 */
final class Grammar {
  /** Calls of rules may nest this deep; a text never asks for more. */
  static final int MAX_DEPTH = 32;

  static final int MAX_RULES = 4_096;

  private final Budget budget;
  private final List<Nfa> rules = new ArrayList<>();

  Grammar(Budget budget) {
    this.budget = budget;
  }

  Budget budget() {
    return budget;
  }

  /** An automaton that will be a part of a rule, or one. */
  Nfa nfa() {
    return new Nfa(budget);
  }

  /** A rule whose automaton comes later: its number. */
  int declare() {
    if (rules.size() == MAX_RULES) {
      throw Refusal.tooComplex("the constraint needs more than %,d rules".formatted(MAX_RULES));
    }
    rules.add(new Nfa(budget));
    return rules.size() - 1;
  }

  void define(int rule, Nfa nfa) {
    rules.set(rule, nfa);
  }

  List<Nfa> rules() {
    return rules;
  }
}
