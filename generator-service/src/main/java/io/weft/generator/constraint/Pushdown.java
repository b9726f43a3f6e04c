package io.weft.generator.constraint;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A deterministic automaton over bytes with calls: what a constraint is compiled to. From every
 * state that can be reached there is a way to an end within {@link Grammar#MAX_DEPTH} calls.
 * Immutable.
 */
final class Pushdown {
  static final int NONE = -1;
  static final int CALL = -2;

  static final int START = 0;

  /** For each byte its class: bytes of a class are never told apart. */
  private final byte[] classOf;

  private final int classes;

  /** Shape (states, classes): the next state, {@link #NONE}, or {@code CALL - i} for call i. */
  private final int[] next;

  /** States in which a rule may end, and those in which it must. */
  private final BitSet accepting;

  private final BitSet leaves = new BitSet();

  /** For each state how deep calls nest on the flattest way from there to the end of its rule. */
  private final byte[] need;

  /** For each call the state that it goes to, and the one that it comes back to. */
  private final int[] entries;

  private final int[] returns;

  /**
   * @param next shape (states, classes); see there
   * @param need shape (states)
   */
  Pushdown(byte[] classOf, int[] next, BitSet accepting, byte[] need, CallTable calls) {
    this.classOf = classOf;
    this.classes = (classOf[255] & 0xff) + 1;
    this.next = next;
    this.accepting = accepting;
    this.need = need;
    this.entries = calls.entries();
    this.returns = calls.returns();
    for (int s = accepting.nextSetBit(0); s >= 0; s = accepting.nextSetBit(s + 1)) {
      leaves.set(
          s,
          Arrays.stream(next, s * classes, (s + 1) * classes).allMatch(target -> target == NONE));
    }
  }

  int states() {
    return need.length;
  }

  boolean hasCalls() {
    return entries.length > 0;
  }

  /** The next state without calls, or something negative. */
  int plainStep(int state, byte b) {
    return next[state * classes + (classOf[b & 0xff] & 0xff)];
  }

  /** Whether a state that a plain step leads to needs no more than that. */
  boolean isPlain(int state, @Nullable Frame frame) {
    return Frame.depth(frame) + need[state] <= Grammar.MAX_DEPTH
        && (frame == null || !leaves.get(state));
  }

  /** About how much memory this takes. */
  long bytes() {
    return 4L * next.length + 2L * states() + 8L * entries.length + 1_024;
  }

  /** Whether a text may end here. */
  boolean isComplete(int state, @Nullable Frame frame) {
    int s = state;
    Frame f = frame;
    while (accepting.get(s)) {
      if (f == null) {
        return true;
      }
      s = f.returnState();
      f = f.parent();
    }
    return false;
  }

  /** A place in the automaton that moves. Mutable; belongs to one thread. */
  final class Cursor {
    private int state;
    private @Nullable Frame frame;

    void set(int newState, @Nullable Frame newFrame) {
      state = newState;
      frame = newFrame;
    }

    int state() {
      return state;
    }

    @Nullable Frame frame() {
      return frame;
    }

    /** Takes a byte; false, and the cursor stays, when the byte cannot come here. */
    boolean step(byte b) {
      int column = classOf[b & 0xff] & 0xff;
      int s = state;
      Frame f = frame;
      while (true) {
        int t = next[s * classes + column];
        int depth = Frame.depth(f);
        if (t >= 0) {
          if (depth + need[t] > Grammar.MAX_DEPTH) {
            return false;
          }
          settle(t, f);
          return true;
        }
        if (t == NONE) {
          if (f == null || !accepting.get(s)) {
            return false;
          }
          s = f.returnState();
          f = f.parent();
        } else {
          int call = CALL - t;
          if (depth + 1 + need[entries[call]] > Grammar.MAX_DEPTH
              || depth + need[returns[call]] > Grammar.MAX_DEPTH) {
            return false;
          }
          f = new Frame(returns[call], f);
          s = entries[call];
        }
      }
    }

    /** Returns from rules that have ended for sure, so that equal places look equal. */
    private void settle(int newState, @Nullable Frame newFrame) {
      int s = newState;
      Frame f = newFrame;
      while (f != null && leaves.get(s)) {
        s = f.returnState();
        f = f.parent();
      }
      set(s, f);
    }
  }
}
