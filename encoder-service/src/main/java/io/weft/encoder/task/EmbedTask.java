package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;
import java.util.Arrays;

/** One vector a sequence: pooled, cut to the dimensions wanted, then normalised. */
public final class EmbedTask implements EncoderTask<float[]> {
  /** What PyTorch's normalize divides by at least, so that a zero vector stays zero. */
  private static final double SMALLEST_NORM = 1e-12;

  private final EmbedOptions options;

  public EmbedTask(EmbedOptions options) {
    this.options = options;
  }

  /** The vector, shape (dimensions). */
  @Override
  public float[] apply(SequenceStates states) {
    float[] vector = options.pooling().pool(states);
    if (options.dimensions() < vector.length) {
      vector = Arrays.copyOf(vector, options.dimensions());
    }
    if (options.normalize()) {
      normalize(vector);
    }
    return vector;
  }

  private static void normalize(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    float scale = (float) (1 / Math.max(Math.sqrt(squares), SMALLEST_NORM));
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= scale;
    }
  }
}
