package io.weft.generator.constraint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The calls of all states, with the bytes that each of them begins with; checks that a byte
 * decides. Mutable; belongs to one thread.
 */
final class CallTable {
  private final int[] offsets;
  private final BitSet accepting;
  private final BitSet ruleStarts;

  /** For states that call, start a rule, come after a call or may end one: bytes that go on. */
  private final Map<Integer, BitSet> bytes = new TreeMap<>();

  private final Map<Integer, List<Integer>> callsOf = new TreeMap<>();
  private final List<Integer> rules = new ArrayList<>();
  private final List<Integer> returns = new ArrayList<>();

  /** For each rule the bytes that it begins with, once they are known. */
  private final @Nullable BitSet[] firsts;

  /**
   * @param offsets for each rule the state that it starts in
   */
  CallTable(int[] offsets, BitSet accepting, BitSet ruleStarts) {
    this.offsets = offsets;
    this.accepting = accepting;
    this.ruleStarts = ruleStarts;
    this.firsts = new BitSet[offsets.length];
  }

  /** Takes a transition: bytes when {@code rule} is negative, else a call. */
  void add(int from, int low, int high, int rule, int to) {
    if (rule < 0) {
      bytes.computeIfAbsent(from, _ -> new BitSet()).set(low, high + 1);
    } else {
      callsOf.computeIfAbsent(from, _ -> new ArrayList<>()).add(rules.size());
      rules.add(rule);
      returns.add(to);
    }
  }

  int[] entries() {
    return rules.stream().mapToInt(rule -> offsets[rule]).toArray();
  }

  int[] returns() {
    return returns.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Writes the calls into the table of next states. */
  void fill(int[] next, byte[] classOf, int classes) {
    checkReturns();
    callsOf.forEach(
        (state, calls) -> {
          BitSet taken = (BitSet) bytesOf(state).clone();
          for (int call : calls) {
            BitSet first = first(rules.get(call), new HashSet<>());
            requireDisjoint(taken, first);
            taken.or(first);
            first.stream()
                .forEach(b -> next[state * classes + (classOf[b] & 0xff)] = Pushdown.CALL - call);
          }
        });
  }

  /** Bytes that a rule begins with. */
  private BitSet first(int rule, Set<Integer> around) {
    BitSet known = firsts[rule];
    if (known != null) {
      return known;
    }
    if (!around.add(rule)) {
      throw Refusal.invalid("a part of the constraint consists of nothing but itself");
    }
    BitSet first = firstOf(offsets[rule], around);
    around.remove(rule);
    firsts[rule] = first;
    return first;
  }

  /** Bytes that go on from a state, those of its calls included. */
  private BitSet firstOf(int state, Set<Integer> around) {
    BitSet first = (BitSet) bytesOf(state).clone();
    for (int call : callsOf.getOrDefault(state, List.of())) {
      first.or(first(rules.get(call), around));
    }
    return first;
  }

  /** Where a rule may end and may also go on, what follows a call of it must begin otherwise. */
  private void checkReturns() {
    Map<Integer, BitSet> goingOn = new TreeMap<>();
    for (int s = accepting.nextSetBit(0); s >= 0; s = accepting.nextSetBit(s + 1)) {
      int rule = ruleOf(s);
      if (rule > 0) {
        goingOn.computeIfAbsent(rule, _ -> new BitSet()).or(firstOf(s, new HashSet<>()));
      }
    }
    Map<Integer, BitSet> following = new TreeMap<>();
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int call = 0; call < rules.size(); call++) {
        BitSet follow = following.computeIfAbsent(rules.get(call), _ -> new BitSet());
        int before = follow.cardinality();
        int after = returns.get(call);
        follow.or(firstOf(after, new HashSet<>()));
        if (accepting.get(after)) {
          follow.or(following.getOrDefault(ruleOf(after), new BitSet()));
        }
        changed |= follow.cardinality() > before;
      }
    }
    goingOn.forEach((rule, b) -> requireDisjoint(b, following.getOrDefault(rule, new BitSet())));
  }

  private int ruleOf(int state) {
    return Arrays.binarySearch(offsets, ruleStarts.previousSetBit(state));
  }

  private BitSet bytesOf(int state) {
    return bytes.getOrDefault(state, new BitSet());
  }

  private static void requireDisjoint(BitSet a, BitSet b) {
    if (a.intersects(b)) {
      throw Refusal.unsupported(
          "alternatives of the constraint begin alike, and go on with different parts that nest or"
              + " are large");
    }
  }
}
