package io.weft.generator.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Transition;

/**
 * Makes one deterministic automaton of a grammar. Each rule is made deterministic alone; then it is
 * checked that one byte always tells what to do: go on within a rule, call another, or return.
 */
final class PushdownBuilder {
  /** Most entries of the table of next states: 16 MiB. */
  private static final int MAX_TABLE = 4 << 20;

  private static final byte UNREACHED = Byte.MAX_VALUE;

  private final Budget budget;
  private final List<Automaton> rules = new ArrayList<>();

  /** Number of the first state of each rule, which is the state that it starts in. */
  private final int[] offsets;

  private final int states;
  private final byte[] need;
  private final BitSet accepting = new BitSet();

  /** All transitions, of all rules, states ascending. */
  private final List<Edge> edges = new ArrayList<>();

  /** Bytes from low to high, or the call of one rule when {@code rule} is not negative. */
  private record Edge(int from, int low, int high, int rule, int to) {}

  private PushdownBuilder(Grammar grammar, BitSet usable) {
    this.budget = grammar.budget();
    this.offsets = new int[grammar.rules().size()];
    int count = 0;
    for (int rule = 0; rule < offsets.length; rule++) {
      Automaton automaton = Determinizer.determinize(grammar.rules().get(rule), usable);
      rules.add(automaton);
      offsets[rule] = count;
      // A rule without any text keeps a state to start in.
      count += Math.max(1, automaton.getNumStates());
    }
    this.states = count;
    this.need = new byte[states];
  }

  /**
   * Compiles.
   *
   * @param usable bytes that may occur
   * @throws Refusal when it takes too much, when no text is left, or when a byte does not decide
   */
  static Pushdown build(Grammar grammar, BitSet usable) {
    return new PushdownBuilder(grammar, usable).build();
  }

  private Pushdown build() {
    for (int rule = 0; rule < rules.size(); rule++) {
      collect(rule);
    }
    findNeeds();
    if (need[0] == UNREACHED) {
      throw Refusal.invalid("no text can ever have the shape that the constraint describes");
    }
    edges.removeIf(edge -> !isUseful(edge));
    CallTable calls = new CallTable(offsets, accepting, starts());
    edges.forEach(edge -> calls.add(edge.from(), edge.low(), edge.high(), edge.rule(), edge.to()));
    budget.checkTime();
    return table(calls);
  }

  private BitSet starts() {
    BitSet starts = new BitSet();
    Arrays.stream(offsets).forEach(starts::set);
    return starts;
  }

  private void collect(int rule) {
    Automaton automaton = rules.get(rule);
    int offset = offsets[rule];
    Transition transition = new Transition();
    for (int s = 0; s < automaton.getNumStates(); s++) {
      accepting.set(offset + s, automaton.isAccept(s));
      int count = automaton.initTransition(s, transition);
      for (int i = 0; i < count; i++) {
        automaton.getNextTransition(transition);
        addEdges(offset + s, transition, offset + transition.dest);
      }
    }
    if (rule > 0 && accepting.get(offset)) {
      throw new IllegalStateException("a rule matches the empty text");
    }
  }

  private void addEdges(int from, Transition transition, int to) {
    if (transition.min < Nfa.CALLS) {
      edges.add(new Edge(from, transition.min, Math.min(transition.max, 255), -1, to));
    }
    for (int label = Math.max(transition.min, Nfa.CALLS); label <= transition.max; label++) {
      edges.add(new Edge(from, 0, 0, label - Nfa.CALLS, to));
    }
  }

  /**
   * Finds for each state how deep calls nest on the flattest way to the end of its rule: for depth
   * after depth, the states from which that depth suffices, backwards from the ends.
   */
  private void findNeeds() {
    Arrays.fill(need, UNREACHED);
    List<List<Edge>> into = new ArrayList<>(states);
    for (int s = 0; s < states; s++) {
      into.add(new ArrayList<>(2));
    }
    edges.forEach(edge -> into.get(edge.to()).add(edge));
    int[] open = new int[states];
    for (byte depth = 0; depth <= Math.min(rules.size(), Grammar.MAX_DEPTH); depth++) {
      int count = 0;
      for (int s = 0; s < states; s++) {
        if (need[s] < UNREACHED || accepting.get(s)) {
          need[s] = need[s] < UNREACHED ? need[s] : depth;
          open[count++] = s;
        }
      }
      while (count > 0) {
        int s = open[--count];
        budget.work(1 + into.get(s).size());
        for (Edge edge : into.get(s)) {
          if (need[edge.from()] == UNREACHED && isEnough(edge, depth)) {
            need[edge.from()] = depth;
            open[count++] = edge.from();
          }
        }
      }
    }
  }

  private boolean isEnough(Edge edge, byte depth) {
    return edge.rule() < 0 || need[offsets[edge.rule()]] < depth;
  }

  private boolean isUseful(Edge edge) {
    return need[edge.from()] < UNREACHED
        && need[edge.to()] < UNREACHED
        && (edge.rule() < 0 || need[offsets[edge.rule()]] < UNREACHED);
  }

  private Pushdown table(CallTable calls) {
    byte[] classOf = classes();
    int classes = (classOf[255] & 0xff) + 1;
    if ((long) states * classes > MAX_TABLE) {
      throw Refusal.tooComplex(
          "the constraint needs a table of %,d entries > %,d"
              .formatted((long) states * classes, MAX_TABLE));
    }
    int[] next = new int[states * classes];
    Arrays.fill(next, Pushdown.NONE);
    for (Edge edge : edges) {
      if (edge.rule() < 0) {
        Arrays.fill(
            next,
            edge.from() * classes + (classOf[edge.low()] & 0xff),
            edge.from() * classes + (classOf[edge.high()] & 0xff) + 1,
            edge.to());
      }
    }
    calls.fill(next, classOf, classes);
    return new Pushdown(classOf, next, accepting, need, calls);
  }

  /** Bytes between two neighbouring ends of transitions are alike. */
  private byte[] classes() {
    BitSet firsts = new BitSet(257);
    for (Edge edge : edges) {
      if (edge.rule() < 0) {
        firsts.set(edge.low());
        firsts.set(edge.high() + 1);
      }
    }
    byte[] classOf = new byte[256];
    int number = 0;
    for (int b = 1; b < 256; b++) {
      number += firsts.get(b) ? 1 : 0;
      classOf[b] = (byte) number;
    }
    return classOf;
  }
}
