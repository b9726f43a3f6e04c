package io.weft.generator.constraint;

import org.jspecify.annotations.Nullable;

/** Walks all tokens of a vocabulary through an automaton, from one place. Used by one thread. */
final class TokenWalk {
  private final Pushdown automaton;
  private final TokenTrie trie;
  private final long[] mask;

  /** Where the automaton stands at each depth of the tree. */
  private final int[] states;

  private final @Nullable Frame[] frames;
  private final Pushdown.Cursor cursor;

  /**
   * @param words length of a mask
   */
  TokenWalk(Pushdown automaton, TokenTrie trie, int words) {
    this.automaton = automaton;
    this.trie = trie;
    this.mask = new long[words];
    this.states = new int[trie.maxDepth() + 1];
    this.frames = new Frame[trie.maxDepth() + 1];
    this.cursor = automaton.new Cursor();
  }

  /** The tokens that may follow. */
  long[] mask(ConstraintState from) {
    states[0] = from.state();
    frames[0] = from.frame();
    int space = from.atStart() ? trie.child((byte) ' ') : -1;
    if (space < 0) {
      walk(0, trie.nodes());
    } else {
      walk(0, space);
      // The space itself changes nothing.
      states[1] = from.state();
      frames[1] = from.frame();
      trie.setTokens(space, mask);
      walk(space + 1, trie.end(space));
      walk(trie.end(space), trie.nodes());
    }
    return mask;
  }

  private void walk(int from, int to) {
    if (automaton.hasCalls()) {
      walkWithCalls(from, to);
    } else {
      walkPlain(from, to);
    }
  }

  private void walkPlain(int from, int to) {
    int node = from;
    while (node < to) {
      int depth = trie.depth(node);
      int next = automaton.plainStep(states[depth - 1], trie.label(node));
      if (next < 0) {
        node = trie.end(node);
      } else {
        states[depth] = next;
        trie.setTokens(node, mask);
        node++;
      }
    }
  }

  private void walkWithCalls(int from, int to) {
    int node = from;
    while (node < to) {
      int depth = trie.depth(node);
      if (step(states[depth - 1], frames[depth - 1], trie.label(node), depth)) {
        trie.setTokens(node, mask);
        node++;
      } else {
        node = trie.end(node);
      }
    }
  }

  private boolean step(int state, @Nullable Frame frame, byte label, int depth) {
    int next = automaton.plainStep(state, label);
    if (next >= 0 && automaton.isPlain(next, frame)) {
      states[depth] = next;
      frames[depth] = frame;
      return true;
    }
    cursor.set(state, frame);
    if (!cursor.step(label)) {
      return false;
    }
    states[depth] = cursor.state();
    frames[depth] = cursor.frame();
    return true;
  }
}
