package io.weft.generator.constraint;

import java.util.List;
import org.apache.lucene.util.automaton.Automata;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;

/** A parsed regular expression. */
sealed interface Regex {
  /** Most characters that a pattern may have once its repetitions are written out. */
  int MAX_SIZE = 20_000;

  /** Characters when written out, at most {@link Integer#MAX_VALUE}. */
  long size();

  /** An automaton over characters, not deterministic. */
  Automaton automaton();

  /** One character of a set. */
  record Chars(CharSet set) implements Regex {
    @Override
    public long size() {
      return 1;
    }

    @Override
    public Automaton automaton() {
      return set.automaton();
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
    public Automaton automaton() {
      return parts.isEmpty()
          ? Automata.makeEmptyString()
          : Operations.concatenate(parts.stream().map(Regex::automaton).toList());
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
    public Automaton automaton() {
      return Operations.union(options.stream().map(Regex::automaton).toList());
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
    public Automaton automaton() {
      Automaton once = part.automaton();
      if (max == UNBOUNDED) {
        return Operations.repeat(once, min);
      }
      return max == 0 ? Automata.makeEmptyString() : Operations.repeat(once, min, max);
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
      budget.states((int) size);
      Automaton any = Operations.repeat(CharSet.all().automaton());
      List<Automaton> parts =
          branches.stream()
              .map(
                  branch ->
                      Operations.concatenate(
                          List.of(
                              anywhere && !branch.atStart() ? any : Automata.makeEmptyString(),
                              branch.regex().automaton(),
                              anywhere && !branch.atEnd() ? any : Automata.makeEmptyString())))
              .toList();
      return Determinizer.determinize(Operations.union(parts), budget);
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
    return sum;
  }
}
