package io.weft.encoder.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The last hidden states of one sequence, shape (tokens, hidden size): a view, valid until the
 * model's next run.
 */
public final class SequenceStates {
  private final FloatBuffer states;
  private final @Nullable FloatBuffer pooled;
  private final int hiddenSize;

  SequenceStates(FloatBuffer states, @Nullable FloatBuffer pooled, int hiddenSize) {
    this.states = states;
    this.pooled = pooled;
    this.hiddenSize = hiddenSize;
  }

  /** Number of tokens. */
  public int tokens() {
    return states.capacity() / hiddenSize;
  }

  /** Width of one state. */
  public int hiddenSize() {
    return hiddenSize;
  }

  /** Copies the state of {@code token} into {@code row}, shape (hidden size). */
  public void copyToken(int token, float[] row) {
    states.get(token * hiddenSize, row, 0, hiddenSize);
  }

  /** Whether no value is NaN or infinite. */
  public boolean isFinite() {
    float zero = 0;
    for (int i = 0; i < states.capacity(); i++) {
      // 0 for every finite value, NaN for all others; no branch, so it runs at memory speed.
      zero += states.get(i) * 0f;
    }
    return zero == 0f;
  }

  /** All states as 32-bit floats, little endian, row-major. */
  public byte[] toLittleEndian() {
    return littleEndian(states);
  }

  /** The pooler's output, shape (hidden size), in the same form; null without a pooler. */
  public byte @Nullable [] pooledToLittleEndian() {
    return pooled == null ? null : littleEndian(pooled);
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
