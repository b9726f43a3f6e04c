package io.weft.generator.constraint;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.apache.lucene.util.automaton.Automaton;

/** A set of Unicode characters. Immutable. */
final class CharSet {
  private static final int END = Character.MAX_CODE_POINT + 1;

  /** Bit c for code point c. */
  private final BitSet bits;

  private CharSet(BitSet bits) {
    this.bits = bits;
  }

  static CharSet all() {
    return range(0, Character.MAX_CODE_POINT);
  }

  static CharSet of(int c) {
    return range(c, c);
  }

  static CharSet range(int low, int high) {
    BitSet bits = new BitSet();
    bits.set(low, high + 1);
    return new CharSet(bits);
  }

  /** The characters of a string. */
  static CharSet anyOf(String characters) {
    BitSet bits = new BitSet();
    characters.codePoints().forEach(bits::set);
    return new CharSet(bits);
  }

  /** What {@code .} matches in ECMA-262: all but line ends. */
  static CharSet dot() {
    return anyOf("\n\r\u2028\u2029").negated();
  }

  /** {@code \d}. */
  static CharSet digits() {
    return range('0', '9');
  }

  /** {@code \w}. */
  static CharSet word() {
    return digits().or(range('a', 'z')).or(range('A', 'Z')).or(of('_'));
  }

  /** {@code \s} of ECMA-262. */
  static CharSet space() {
    return anyOf("\t\n\u000b\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff")
        .or(range(0x2000, 0x200a));
  }

  CharSet negated() {
    BitSet negated = (BitSet) bits.clone();
    negated.flip(0, END);
    return new CharSet(negated);
  }

  CharSet or(CharSet other) {
    BitSet both = (BitSet) bits.clone();
    both.or(other.bits);
    return new CharSet(both);
  }

  /** An automaton of texts of one of these characters. */
  Automaton automaton() {
    Automaton automaton = new Automaton();
    int from = automaton.createState();
    int to = automaton.createState();
    automaton.setAccept(to, true);
    for (int[] range : ranges()) {
      automaton.addTransition(from, to, range[0], range[1]);
    }
    automaton.finishState();
    return automaton;
  }

  /** Adds texts of one of these characters, to an automaton over characters. */
  void add(Nfa nfa, int from, int to) {
    List<int[]> ranges = ranges();
    nfa.budget().transitions(ranges.size());
    ranges.forEach(range -> nfa.characters(from, range[0], range[1], to));
  }

  private List<int[]> ranges() {
    List<int[]> ranges = new ArrayList<>();
    int low = bits.nextSetBit(0);
    while (low >= 0) {
      int end = bits.nextClearBit(low);
      ranges.add(new int[] {low, end - 1});
      low = bits.nextSetBit(end);
    }
    return ranges;
  }
}
