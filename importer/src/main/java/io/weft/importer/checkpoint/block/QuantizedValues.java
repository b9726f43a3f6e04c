package io.weft.importer.checkpoint.block;

/**
 * Room for a number of quantised values, filled from blocks; {@link BlockShape} says the formula.
 */
public final class QuantizedValues {
  private final byte[] steps;
  private final float[] scales;
  private final float[] minimums;

  /**
   * @param values how many, a multiple of the block size
   */
  public QuantizedValues(BlockShape shape, int values) {
    steps = new byte[values];
    scales = new float[values / shape.groupSize()];
    minimums = new float[shape.hasMinimums() ? scales.length : 0];
  }

  /** One step a value, unsigned: {@code steps()[i] & 0xff}. */
  public byte[] steps() {
    return steps;
  }

  /** One scale a group; may be negative or 0. */
  public float[] scales() {
    return scales;
  }

  /** One minimum a group; empty where the format has none. */
  public float[] minimums() {
    return minimums;
  }

  /** Turns the first {@code count} values into floats. */
  void toFloats(BlockShape shape, int count, float[] out, int at) {
    int size = shape.groupSize();
    for (int g = 0; g < count / size; g++) {
      float scale = scales[g];
      for (int i = g * size; i < (g + 1) * size; i++) {
        out[at + i] = scale * ((steps[i] & 0xff) - shape.zero());
      }
      if (shape.hasMinimums()) {
        // Not for all formats: adding 0 would turn -0 into 0.
        for (int i = g * size; i < (g + 1) * size; i++) {
          out[at + i] += minimums[g];
        }
      }
    }
  }
}
