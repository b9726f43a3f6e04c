package io.weft.generator.sampling;

import java.util.Arrays;

/**
 * All tokens of one sequence in order, to forbid those that would repeat an n-gram. A row looks
 * through the tokens once, which compares more than a few of them only where the end of the
 * sequence did come before; that ends quickly, since what came twice may not come again. Mutable;
 * belongs to the engine's thread.
 */
final class SeenNgrams {
  /** Tokens of an n-gram, at least 1. */
  private final int n;

  private int[] ids;
  private int length;

  SeenNgrams(int n) {
    this.n = n;
    this.ids = new int[256];
  }

  private SeenNgrams(SeenNgrams from) {
    this.n = from.n;
    this.ids = from.ids.clone();
    this.length = from.length;
  }

  SeenNgrams copy() {
    return new SeenNgrams(this);
  }

  void add(int id) {
    if (length == ids.length) {
      ids = Arrays.copyOf(ids, 2 * length);
    }
    ids[length++] = id;
  }

  /** Bans every token that followed the last n - 1 tokens before. */
  void ban(Logits logits) {
    int last = length - 1;
    for (int next = n - 1; next < length; next++) {
      int same = 0;
      while (same < n - 1 && ids[next - 1 - same] == ids[last - same]) {
        same++;
      }
      if (same == n - 1) {
        logits.ban(ids[next]);
      }
    }
  }
}
