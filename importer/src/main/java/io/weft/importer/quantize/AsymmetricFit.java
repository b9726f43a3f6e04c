package io.weft.importer.quantize;

import java.util.Arrays;

/**
 * Finds the scale d and the integer zero point z of a block with the least weighted squared error
 * of {@code x - d(q - z)}, where q and z are in [0, 2^bits).
 *
 * <p>For given steps {@code u = q - z} and weights w the best scale is {@code sum(wxu) / sum(wuu)}
 * and takes {@code sum(wxu)^2 / sum(wuu)} off the error, so the search is for steps where that is
 * largest: x rounded at scales around (largest - smallest) / (2^bits - 1), each with the zero
 * points next to the one that puts the smallest value at 0.
 */
final class AsymmetricFit {
  /** Scales tried: the usual one times these, at equal distances. */
  private static final float SHRINK_FROM = 0.7f;

  private static final float SHRINK_TO = 1.1f;
  private static final int SCALES = 24;

  /** Zero points tried on either side. */
  private static final int NEIGHBOURS = 2;

  /** Adding and subtracting this rounds a small float to the nearest integer, ties to even. */
  private static final float ROUND = 0x1.8p23f;

  private final int levels;

  AsymmetricFit(int bits) {
    this.levels = (1 << bits) - 1;
  }

  /** What was found; the values are {@code scale * steps}. */
  record Fit(float scale, int zero) {}

  /**
   * Fits one block.
   *
   * @param steps filled with integers in [-zero, 2^bits - 1 - zero]
   */
  Fit fit(float[] block, float[] weights, float[] steps) {
    float smallest = 0;
    float largest = 0;
    for (float value : block) {
      smallest = Math.min(smallest, value);
      largest = Math.max(largest, value);
    }
    Arrays.fill(steps, 0);
    if (largest - smallest < BlockQuantizer.TINY) {
      return new Fit(0, 0);
    }
    float usual = (largest - smallest) / levels;
    float bestScore = -1;
    float bestInverse = 0;
    int bestZero = 0;
    for (int s = 0; s < SCALES; s++) {
      float inverse = 1 / (usual * (SHRINK_FROM + s * (SHRINK_TO - SHRINK_FROM) / (SCALES - 1)));
      int middle = Math.round(-smallest * inverse);
      for (int zero = Math.max(0, middle - NEIGHBOURS);
          zero <= Math.min(levels, middle + NEIGHBOURS);
          zero++) {
        float score = score(block, weights, inverse, zero);
        if (score > bestScore) {
          bestScore = score;
          bestInverse = inverse;
          bestZero = zero;
        }
      }
    }
    float products = 0;
    float squares = 0;
    for (int i = 0; i < block.length; i++) {
      steps[i] = step(block[i] * bestInverse, bestZero);
      products += weights[i] * block[i] * steps[i];
      squares += weights[i] * steps[i] * steps[i];
    }
    return new Fit(products / squares, bestZero);
  }

  private float score(float[] block, float[] weights, float inverse, int zero) {
    float products = 0;
    float squares = 0;
    for (int i = 0; i < block.length; i++) {
      float step = step(block[i] * inverse, zero);
      float weighted = weights[i] * step;
      products += weighted * block[i];
      squares += weighted * step;
    }
    return squares == 0 ? 0 : products * products / squares;
  }

  private float step(float value, int zero) {
    return Math.clamp((value + ROUND) - ROUND, (float) -zero, (float) (levels - zero));
  }
}
