package io.weft.generator.constraint;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Ranges of characters as sequences of byte ranges (Unicode 16.0, section 3.9, table 3-7). */
final class Utf8 {
  /** Characters of equally many bytes; surrogates are no characters. */
  private static final int[][] RANGES = {
    {0, 0x7f}, {0x80, 0x7ff}, {0x800, 0xd7ff}, {0xe000, 0xffff}, {0x10000, 0x10ffff}
  };

  private Utf8() {}

  /** Adds the characters from low to high. */
  static void add(Nfa nfa, int from, int low, int high, int to) {
    for (int[] range : RANGES) {
      int lowest = Math.max(low, range[0]);
      int highest = Math.min(high, range[1]);
      if (lowest <= highest) {
        sequence(nfa, from, encode(lowest), encode(highest), 0, to);
      }
    }
  }

  /** All sequences from {@code low} to {@code high}, which are equally long, from byte i on. */
  private static void sequence(Nfa nfa, int from, int[] low, int[] high, int i, int to) {
    if (i == low.length - 1) {
      nfa.bytes(from, low[i], high[i], to);
      return;
    }
    int first = low[i];
    int last = high[i];
    if (first == last) {
      sequence(nfa, next(nfa, from, first, last), low, high, i + 1, to);
      return;
    }
    if (!isRest(low, i + 1, 0x80)) {
      sequence(nfa, next(nfa, from, first, first), low, rest(low, i + 1, 0xbf), i + 1, to);
      first++;
    }
    if (!isRest(high, i + 1, 0xbf)) {
      sequence(nfa, next(nfa, from, last, last), rest(high, i + 1, 0x80), high, i + 1, to);
      last--;
    }
    if (first <= last) {
      int state = next(nfa, from, first, last);
      sequence(nfa, state, rest(low, i + 1, 0x80), rest(high, i + 1, 0xbf), i + 1, to);
    }
  }

  private static int next(Nfa nfa, int from, int low, int high) {
    int state = nfa.state();
    nfa.bytes(from, low, high, state);
    return state;
  }

  private static boolean isRest(int[] bytes, int from, int value) {
    return Arrays.stream(bytes, from, bytes.length).allMatch(b -> b == value);
  }

  private static int[] rest(int[] bytes, int from, int value) {
    int[] changed = bytes.clone();
    Arrays.fill(changed, from, changed.length, value);
    return changed;
  }

  private static int[] encode(int c) {
    byte[] bytes = Character.toString(c).getBytes(StandardCharsets.UTF_8);
    int[] unsigned = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      unsigned[i] = bytes[i] & 0xff;
    }
    return unsigned;
  }
}
