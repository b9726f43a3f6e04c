package io.weft.generator.constraint;

import io.weft.generator.text.Vocabulary;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A constraint compiled for one vocabulary: for each place in a text, which tokens may come next.
 * Places are values, see {@link ConstraintState}; masks of places that were asked for are kept, the
 * least recently used are dropped. A mask that is being made is waited for. Thread-safe.
 */
public final class TokenConstraint {
  /** Memory for masks, beside the automaton. */
  static final long MASK_BYTES = 4 << 20;

  private static final long MASK_OVERHEAD = 160;

  private final Pushdown automaton;
  private final TokenTrie trie;
  private final Vocabulary vocabulary;
  private final Executor ahead;
  private final int words;
  private final int maxMasks;

  /** Guarded by this. In the order of use. */
  private final Map<ConstraintState, long[]> masks = new LinkedHashMap<>(64, 0.75f, true);

  /**
   * @param ahead makes masks before they are asked for
   */
  TokenConstraint(Pushdown automaton, TokenTrie trie, Vocabulary vocabulary, Executor ahead) {
    this.automaton = automaton;
    this.trie = trie;
    this.vocabulary = vocabulary;
    this.ahead = ahead;
    this.words = (vocabulary.size() + 63) / 64;
    this.maxMasks = (int) Math.max(16, MASK_BYTES / (8L * words + MASK_OVERHEAD));
  }

  /**
   * Where a text begins.
   *
   * @param stripSpace whether a space that the first token begins with is not part of the text
   */
  ConstraintState start(boolean stripSpace) {
    return new ConstraintState(Pushdown.START, null, stripSpace);
  }

  /** Where a text stands after one more token; null when the token cannot come here. */
  @Nullable ConstraintState advance(ConstraintState from, int token) {
    if (!vocabulary.isText(token)) {
      return null;
    }
    ByteBuffer bytes = vocabulary.bytes(token);
    if (from.atStart() && bytes.get(bytes.position()) == ' ') {
      bytes.get();
    }
    Pushdown.Cursor cursor = automaton.new Cursor();
    cursor.set(from.state(), from.frame());
    while (bytes.hasRemaining()) {
      if (!cursor.step(bytes.get())) {
        return null;
      }
    }
    return new ConstraintState(cursor.state(), cursor.frame(), false);
  }

  /** Whether a text may end here. */
  boolean isComplete(ConstraintState state) {
    return automaton.isComplete(state.state(), state.frame());
  }

  /** Whether a token may follow here. */
  boolean canContinue(ConstraintState state) {
    for (long word : allowed(state)) {
      if (word != 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * The tokens that may follow: bit {@code id % 64} of word {@code id / 64}. Shared: not to be
   * changed.
   */
  synchronized long[] allowed(ConstraintState state) {
    long[] mask = masks.get(state);
    if (mask == null) {
      mask = new TokenWalk(automaton, trie, words).mask(state);
      masks.put(state, mask);
      if (masks.size() > maxMasks) {
        Iterator<ConstraintState> eldest = masks.keySet().iterator();
        eldest.next();
        eldest.remove();
      }
    }
    return mask;
  }

  /** Has the mask of a place made, which soon will be asked for, while the model runs. */
  void prepare(ConstraintState state) {
    synchronized (this) {
      if (masks.containsKey(state)) {
        return;
      }
    }
    ahead.execute(() -> allowed(state));
  }

  /** Most memory that this will take. */
  long bytes() {
    return automaton.bytes() + MASK_BYTES;
  }
}
