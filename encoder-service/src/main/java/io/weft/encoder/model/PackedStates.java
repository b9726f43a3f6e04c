package io.weft.encoder.model;

import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run gave for a batch, its sequences one behind the other: a view, valid until the next.
 */
public final class PackedStates {
  private final Outputs outputs;
  private final int hiddenSize;
  private final List<TokenSequence> batch;
  private final int[] firstTokens;
  private final int[] firstScores;

  /**
   * The outputs of a run, row-major, from index 0.
   *
   * @param states the last hidden states, shape (tokens, hidden size); null where the graph keeps
   *     them to itself
   * @param pooled the pooler's output, shape (sequences, hidden size); null without a pooler
   * @param head what {@code scores} are; null without a head, or where nothing was scored
   * @param scores of the head, shape (rows, width)
   */
  record Outputs(
      @Nullable FloatBuffer states,
      @Nullable FloatBuffer pooled,
      @Nullable HeadScores head,
      @Nullable FloatBuffer scores) {}

  /**
   * The states of a model without a head.
   *
   * @param states shape (tokens, hidden size), row-major, from index 0
   * @param pooled the pooler's output, shape (sequences, hidden size); null without a pooler
   * @param hiddenSize width of one state
   * @param batch the sequences, in the order in which their tokens stand in {@code states}
   */
  public PackedStates(
      FloatBuffer states, @Nullable FloatBuffer pooled, int hiddenSize, List<TokenSequence> batch) {
    this(new Outputs(states, pooled, null, null), hiddenSize, batch);
  }

  PackedStates(Outputs outputs, int hiddenSize, List<TokenSequence> batch) {
    this.outputs = outputs;
    this.hiddenSize = hiddenSize;
    this.batch = List.copyOf(batch);
    this.firstTokens = new int[batch.size() + 1];
    this.firstScores = new int[batch.size() + 1];
    HeadScores head = outputs.head;
    for (int i = 0; i < batch.size(); i++) {
      TokenSequence sequence = batch.get(i);
      firstTokens[i + 1] = firstTokens[i] + sequence.length();
      firstScores[i + 1] = firstScores[i] + (head == null ? 0 : head.rows().count(sequence));
    }
  }

  /** What the run gave for the batch's sequence number {@code index}. */
  public SequenceStates get(int index) {
    int tokens = batch.get(index).length();
    FloatBuffer states = outputs.states;
    FloatBuffer pooled = outputs.pooled;
    return new SequenceStates(
        tokens,
        hiddenSize,
        states == null ? null : slice(states, firstTokens[index], tokens, hiddenSize),
        pooled == null ? null : slice(pooled, index, 1, hiddenSize),
        scores(index));
  }

  private SequenceStates.@Nullable Scores scores(int index) {
    HeadScores head = outputs.head;
    FloatBuffer scores = outputs.scores;
    if (head == null || scores == null) {
      return null;
    }
    int rows = firstScores[index + 1] - firstScores[index];
    return new SequenceStates.Scores(
        slice(scores, firstScores[index], rows, head.width()), rows, head.width());
  }

  private static FloatBuffer slice(FloatBuffer values, int firstRow, int rows, int width) {
    return values.slice(firstRow * width, rows * width);
  }
}
