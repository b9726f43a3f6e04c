package io.weft.encoder.model;

import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last hidden states of a batch, shape (tokens, hidden size), and its pooler output: a view,
 * valid until the next run.
 */
public final class PackedStates {
  private final FloatBuffer states;
  private final int hiddenSize;
  private final @Nullable FloatBuffer pooled;
  private final int[] firstTokens;

  /**
   * @param states shape (tokens, hidden size), row-major, from index 0
   * @param pooled the pooler's output, shape (sequences, hidden size); null without a pooler
   * @param hiddenSize width of one state
   * @param batch the sequences, in the order in which their tokens stand in {@code states}
   */
  public PackedStates(
      FloatBuffer states, @Nullable FloatBuffer pooled, int hiddenSize, List<TokenSequence> batch) {
    this.states = states;
    this.pooled = pooled;
    this.hiddenSize = hiddenSize;
    this.firstTokens = new int[batch.size() + 1];
    for (int i = 0; i < batch.size(); i++) {
      firstTokens[i + 1] = firstTokens[i] + batch.get(i).length();
    }
  }

  /** The states of the batch's sequence number {@code index}. */
  public SequenceStates get(int index) {
    int first = firstTokens[index];
    int tokens = firstTokens[index + 1] - first;
    return new SequenceStates(
        states.slice(first * hiddenSize, tokens * hiddenSize),
        pooled == null ? null : pooled.slice(index * hiddenSize, hiddenSize),
        hiddenSize);
  }
}
