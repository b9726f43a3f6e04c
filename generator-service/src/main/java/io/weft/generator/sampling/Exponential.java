package io.weft.generator.sampling;

/** The exponential function over arrays, in a form that the just-in-time compiler vectorises. */
final class Exponential {
  /** Arguments below this count as this: e^-32 is 1.3e-14. */
  static final float LOWEST = -32;

  /** Chebyshev fit of e^(t - 1) over [-1, 1], lowest power first. */
  private static final float C0 = 0.36787945f;

  private static final float C1 = 0.36787945f;
  private static final float C2 = 0.18393971f;
  private static final float C3 = 0.06131326f;
  private static final float C4 = 0.015328376f;
  private static final float C5 = 0.0030655914f;
  private static final float C6 = 0.00051074306f;
  private static final float C7 = 0.00007307819f;
  private static final float C8 = 0.000009368054f;
  private static final float C9 = 9.887186E-7f;

  private Exponential() {}

  /**
   * Sets {@code out[i]} to e^((values[i] - max) / temperature) for i in [from, to), relative error
   * below 1e-5. The argument is scaled to a sixteenth, where a polynomial is exact enough, and the
   * result is squared four times.
   *
   * @param max the largest value
   * @param temperature at least 1e-5
   */
  static void apply(float[] values, float[] out, int from, int to, float max, float temperature) {
    float scale = 1 / (16 * temperature);
    for (int i = from; i < to; i++) {
      float t = Math.max((values[i] - max) * scale + 1, -1f);
      float p = C9 * t + C8;
      p = p * t + C7;
      p = p * t + C6;
      p = p * t + C5;
      p = p * t + C4;
      p = p * t + C3;
      p = p * t + C2;
      p = p * t + C1;
      p = p * t + C0;
      p *= p;
      p *= p;
      p *= p;
      out[i] = p * p;
    }
  }
}
