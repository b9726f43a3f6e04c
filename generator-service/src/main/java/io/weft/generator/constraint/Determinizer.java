package io.weft.generator.constraint;

import java.util.Arrays;
import java.util.BitSet;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;
import org.apache.lucene.util.automaton.TooComplexToDeterminizeException;
import org.jspecify.annotations.Nullable;

/** From a nondeterministic automaton to Lucene's, deterministic and without empty transitions. */
final class Determinizer {
  /** In Lucene's unit; ten times as many members of state sets are looked at, at most. */
  static final int WORK_LIMIT = 40_000;

  private final Nfa nfa;

  /** Bytes that may occur; null where labels are characters. */
  private final @Nullable BitSet usable;

  /** Edges of state s: order[starts[s]] to order[starts[s + 1]], without the last. */
  private final int[] starts;

  private final int[] order;

  /**
   * Scratch of one closure: the closure that saw a state last, and states still to be looked at.
   */
  private final int[] seenBy;

  private final int[] open;

  private Determinizer(Nfa nfa, @Nullable BitSet usable) {
    this.nfa = nfa;
    this.usable = usable;
    this.starts = new int[nfa.size() + 2];
    this.order = new int[nfa.edgeCount()];
    this.seenBy = new int[nfa.size()];
    this.open = new int[nfa.size()];
    for (int edge = 0; edge < nfa.edgeCount(); edge++) {
      starts[nfa.from(edge) + 2]++;
    }
    for (int s = 2; s < starts.length; s++) {
      starts[s] += starts[s - 1];
    }
    for (int edge = 0; edge < nfa.edgeCount(); edge++) {
      order[starts[nfa.from(edge) + 1]++] = edge;
    }
  }

  /**
   * The same language.
   *
   * @param usable bytes that may occur; what others would lead to is left out
   * @throws Refusal when it would have too many states
   */
  static Automaton determinize(Nfa nfa, BitSet usable) {
    return determinize(new Determinizer(nfa, usable).withoutEpsilons(), nfa.budget());
  }

  /**
   * The same language, over characters.
   *
   * @throws Refusal when it would have too many states
   */
  static Automaton determinizeCharacters(Nfa nfa) {
    return determinize(new Determinizer(nfa, null).withoutEpsilons(), nfa.budget());
  }

  /** An automaton of Lucene's made deterministic within bounds. */
  static Automaton determinize(Automaton automaton, Budget budget) {
    try {
      Automaton deterministic =
          Operations.removeDeadStates(Operations.determinize(automaton, WORK_LIMIT));
      budget.states(deterministic.getNumStates());
      budget.transitions(deterministic.getNumTransitions());
      budget.checkTime();
      return deterministic;
    } catch (TooComplexToDeterminizeException e) {
      throw Refusal.tooComplex("the constraint's automaton grows too large");
    }
  }

  private Automaton withoutEpsilons() {
    int[] numbers = new int[nfa.size()];
    Arrays.fill(numbers, -1);
    Automaton.Builder builder = new Automaton.Builder(nfa.size(), nfa.edgeCount());
    numbers[Nfa.START] = builder.createState();
    for (int edge = 0; edge < nfa.edgeCount(); edge++) {
      if (nfa.low(edge) != Nfa.EPSILON && numbers[nfa.to(edge)] < 0) {
        numbers[nfa.to(edge)] = builder.createState();
      }
    }
    for (int state = 0; state < nfa.size(); state++) {
      if (numbers[state] >= 0) {
        addClosure(state, numbers, builder);
      }
    }
    return builder.finish();
  }

  private void addClosure(int state, int[] numbers, Automaton.Builder builder) {
    int mark = state + 1;
    int count = 0;
    open[count++] = state;
    seenBy[state] = mark;
    while (count > 0) {
      int s = open[--count];
      if (s == Nfa.END) {
        builder.setAccept(numbers[state], true);
      }
      nfa.budget().work(1 + starts[s + 1] - starts[s]);
      for (int i = starts[s]; i < starts[s + 1]; i++) {
        int edge = order[i];
        int to = nfa.to(edge);
        if (nfa.low(edge) != Nfa.EPSILON) {
          addUsable(builder, numbers[state], numbers[to], nfa.low(edge), nfa.high(edge));
        } else if (seenBy[to] != mark) {
          seenBy[to] = mark;
          open[count++] = to;
        }
      }
    }
  }

  private void addUsable(Automaton.Builder builder, int from, int to, int low, int high) {
    if (usable == null || low >= Nfa.CALLS) {
      nfa.budget().transitions(1);
      builder.addTransition(from, to, low, high);
      return;
    }
    int first = usable.nextSetBit(low);
    while (first >= 0 && first <= high) {
      int last = Math.min(high, usable.nextClearBit(first) - 1);
      nfa.budget().transitions(1);
      builder.addTransition(from, to, first, last);
      first = usable.nextSetBit(last + 1);
    }
  }
}
