package io.weft.generator.constraint;

import java.util.List;
import org.apache.lucene.util.automaton.Automaton;

/** A parsed regular expression. */
sealed interface Regex {
  /** Most characters that a pattern may have once its repetitions are written out. */
  int MAX_SIZE = 20_000;

  /**
   * Characters when written out, at most {@link Integer#MAX_VALUE}; an empty part counts as one.
   */
  long size();

  /** Adds the texts that match, to an automaton over characters. */
  void add(Nfa nfa, int from, int to);

  /** One character of a set. */
  record Chars(CharSet set) implements Regex {
    @Override
    public long size() {
      return 1;
    }

    @Override
    public void add(Nfa nfa, int from, int to) {
      set.add(nfa, from, to);
    }
  }

  /** Parts one after the other. */
  record Sequence(List<Regex> parts) implements Regex {
    public Sequence {
      parts = List.copyOf(parts);
    }

    @Override
    public long size() {
      return sum(parts);
    }

    @Override
    public void add(Nfa nfa, int from, int to) {
      int state = from;
      for (Regex part : parts) {
        int next = nfa.state();
        part.add(nfa, state, next);
        state = next;
      }
      nfa.epsilon(state, to);
    }
  }

  /** One of several. */
  record Alternatives(List<Regex> options) implements Regex {
    public Alternatives {
      options = List.copyOf(options);
    }

    @Override
    public long size() {
      return sum(options);
    }

    @Override
    public void add(Nfa nfa, int from, int to) {
      options.forEach(option -> option.add(nfa, from, to));
    }
  }

  /**
   * A part several times.
   *
   * @param max {@link #UNBOUNDED} for any number
   */
  record Repeat(Regex part, int min, int max) implements Regex {
    static final int UNBOUNDED = -1;

    @Override
    public long size() {
      return Math.min(Integer.MAX_VALUE, part.size() * Math.max(1, Math.max(min, max)));
    }

    @Override
    public void add(Nfa nfa, int from, int to) {
      int state = from;
      for (int i = 0; i < Math.max(min, max); i++) {
        if (i >= min) {
          nfa.epsilon(state, to);
        }
        int next = nfa.state();
        part.add(nfa, state, next);
        state = next;
      }
      if (max == UNBOUNDED) {
        int around = nfa.state();
        int back = nfa.state();
        nfa.epsilon(state, around);
        part.add(nfa, around, back);
        nfa.epsilon(back, around);
        state = around;
      }
      nfa.epsilon(state, to);
    }
  }

  /**
   * A whole pattern.
   *
   * @param branches its alternatives
   */
  record Pattern(List<Branch> branches) {
    public Pattern {
      branches = List.copyOf(branches);
    }

    /** A deterministic automaton of the texts that match as a whole. */
    Automaton whole(Budget budget) {
      return automaton(budget, false);
    }

    /** A deterministic automaton of the texts in which a match is found. */
    Automaton found(Budget budget) {
      return automaton(budget, true);
    }

    private Automaton automaton(Budget budget, boolean anywhere) {
      long size = sum(branches.stream().map(Branch::regex).toList());
      if (size > MAX_SIZE) {
        throw Refusal.tooComplex(
            "a regular expression of %,d characters, repetitions written out > %,d"
                .formatted(size, MAX_SIZE));
      }
      Nfa nfa = new Nfa(budget);
      for (Branch branch : branches) {
        int begin = anywhere && !branch.atStart() ? any(nfa) : nfa.state();
        int end = anywhere && !branch.atEnd() ? any(nfa) : nfa.state();
        nfa.epsilon(Nfa.START, begin);
        branch.regex().add(nfa, begin, end);
        nfa.epsilon(end, Nfa.END);
      }
      return Determinizer.determinizeCharacters(nfa);
    }

    /** A state in which any characters may come. */
    private static int any(Nfa nfa) {
      int state = nfa.state();
      CharSet.all().add(nfa, state, state);
      return state;
    }
  }

  /**
   * An alternative of a pattern.
   *
   * @param atStart it begins with ^
   * @param atEnd it ends with $
   */
  record Branch(Regex regex, boolean atStart, boolean atEnd) {}

  private static long sum(List<Regex> parts) {
    long sum = 0;
    for (Regex part : parts) {
      sum = Math.min(Integer.MAX_VALUE, sum + part.size());
    }
    return Math.max(1, sum);
  }
}
