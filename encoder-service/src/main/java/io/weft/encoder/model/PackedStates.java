package io.weft.encoder.model;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * The last hidden states of a batch, shape (tokens, hidden size): a view, valid until the next run.
 */
public final class PackedStates {
  private final FloatBuffer states;
  private final int hiddenSize;
  private final int[] firstTokens;

  /**
   * @param states shape (tokens, hidden size), row-major, from index 0
   * @param hiddenSize width of one state
   * @param batch the sequences, in the order in which their tokens stand in {@code states}
   */
  public PackedStates(FloatBuffer states, int hiddenSize, List<TokenSequence> batch) {
    this.states = states;
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
    return new SequenceStates(states.slice(first * hiddenSize, tokens * hiddenSize), hiddenSize);
  }
}
