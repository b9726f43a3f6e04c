package io.weft.importer.calibrate;

/**
 * Rounds rows of weights to signed bytes that keep {@link Int8Layer#PAIR_RANGE}: the step is as
 * fine as a row's largest weight and its largest sum of two neighbours allow, which is nearly
 * always that of full 8 bits.
 */
final class PairRange {
  private static final int LARGEST = 127;

  private PairRange() {}

  /** The step of one row of weights; 0 when all are 0. */
  static float step(float[] weights, int from, int columns) {
    float largest = 0;
    for (int i = 0; i < columns; i++) {
      float weight = weights[from + i];
      largest = Math.max(largest, Math.abs(weight));
      if (i % 2 == 1) {
        // Each rounds by at most a half, so that the sum of the codes is at most 127 + 1.
        largest = Math.max(largest, Math.abs(weight + weights[from + i - 1]));
      }
    }
    return largest / LARGEST;
  }

  /** The code of one weight. */
  static byte code(float weight, float step) {
    return (byte) (step == 0 ? 0 : Math.clamp(Math.round(weight / step), -LARGEST, LARGEST));
  }
}
