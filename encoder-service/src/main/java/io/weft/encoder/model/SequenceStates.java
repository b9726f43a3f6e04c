package io.weft.encoder.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a run gave for one sequence: its last hidden states, shape (tokens, hidden size), and what
 * the model's head scores. A view, valid until the model's next run.
 */
public final class SequenceStates {
  private final int tokens;
  private final int hiddenSize;
  private final @Nullable FloatBuffer states;
  private final @Nullable FloatBuffer pooled;
  private final @Nullable Scores scores;

  /** A head's scores of one sequence, shape (rows, width). */
  record Scores(FloatBuffer values, int rows, int width) {}

  SequenceStates(
      int tokens,
      int hiddenSize,
      @Nullable FloatBuffer states,
      @Nullable FloatBuffer pooled,
      @Nullable Scores scores) {
    this.tokens = tokens;
    this.hiddenSize = hiddenSize;
    this.states = states;
    this.pooled = pooled;
    this.scores = scores;
  }

  /** Number of tokens. */
  public int tokens() {
    return tokens;
  }

  /** Width of one state. */
  public int hiddenSize() {
    return hiddenSize;
  }

  /** Whether the graph gives its states; some that somebody exported give their scores only. */
  public boolean hasStates() {
    return states != null;
  }

  /**
   * Copies the state of {@code token} into {@code row}, shape (hidden size).
   *
   * @throws IllegalStateException when there are none
   */
  public void copyToken(int token, float[] row) {
    states().get(token * hiddenSize, row, 0, hiddenSize);
  }

  /** Rows of scores: 1, the tokens, or the positions asked for; 0 without a head. */
  public int scoreRows() {
    return scores == null ? 0 : scores.rows;
  }

  /**
   * A copy of a row of scores, shape (labels), (2: start, end) or (vocabulary).
   *
   * @param row from 0 to {@code scoreRows() - 1}
   */
  public float[] scores(int row) {
    if (scores == null) {
      throw new IllegalStateException("the model has no head");
    }
    float[] copy = new float[scores.width];
    scores.values.get(row * scores.width, copy);
    return copy;
  }

  /** Whether no value is NaN or infinite. */
  public boolean isFinite() {
    return (states == null || isFinite(states)) && (scores == null || isFinite(scores.values));
  }

  private static boolean isFinite(FloatBuffer values) {
    float zero = 0;
    for (int i = 0; i < values.capacity(); i++) {
      // 0 for every finite value, NaN for all others; no branch, so it runs at memory speed.
      zero += values.get(i) * 0f;
    }
    return zero == 0f;
  }

  /** All states as 32-bit floats, little endian, row-major. */
  public byte[] toLittleEndian() {
    return littleEndian(states());
  }

  /** The pooler's output, shape (hidden size), in the same form; null without a pooler. */
  public byte @Nullable [] pooledToLittleEndian() {
    return pooled == null ? null : littleEndian(pooled);
  }

  private FloatBuffer states() {
    if (states == null) {
      throw new IllegalStateException("the graph does not give its states");
    }
    return states;
  }

  private static byte[] littleEndian(FloatBuffer values) {
    byte[] bytes = new byte[values.capacity() * Float.BYTES];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .put(0, values, 0, values.capacity());
    return bytes;
  }
}
