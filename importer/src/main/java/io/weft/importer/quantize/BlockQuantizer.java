package io.weft.importer.quantize;

import java.util.Arrays;

/**
 * Symmetric quantisation in blocks along a row: {@code value = scale * (stored - 2^(bits - 1))},
 * the layout of ONNX Runtime's {@code MatMulNBits} without zero points.
 *
 * <p>There are no zero points because ONNX Runtime computes asymmetric 4-bit weights wrongly on
 * processors with AVX2 but without AVX-512 (microsoft/onnxruntime issue 29853).
 */
public final class BlockQuantizer {
  /** Values that share a scale. */
  public static final int BLOCK_SIZE = 32;

  /**
   * Where the scale search for 4 bits looks: the largest magnitude of a block, in steps of the
   * scale.
   */
  private static final float SEARCH_FROM = 6f;

  private static final float SEARCH_TO = 9.5f;
  private static final float SEARCH_STEP = 0.25f;

  /** Adding and subtracting this rounds a small float to the nearest integer, ties to even. */
  private static final float ROUND = 0x1.8p23f;

  private final int bits;

  /**
   * @param bits 4 or 8
   */
  public BlockQuantizer(int bits) {
    if (bits != 4 && bits != 8) {
      throw new IllegalArgumentException("%d bits, supported: 4, 8".formatted(bits));
    }
    this.bits = bits;
  }

  /** Blocks that a row of {@code columns} values takes; the last may be padded with zeros. */
  public static int blocks(int columns) {
    return (columns + BLOCK_SIZE - 1) / BLOCK_SIZE;
  }

  /** Bytes that a row of {@code columns} values takes, without scales. */
  public int rowBytes(int columns) {
    return blocks(columns) * BLOCK_SIZE * bits / 8;
  }

  /**
   * Quantises row {@code row} of {@code values}, [rows, columns], into the same row of {@code
   * stored}, [rows, rowBytes], and {@code scales}, [rows, blocks].
   */
  public void quantizeRow(float[] values, int row, int columns, byte[] stored, float[] scales) {
    int blocks = blocks(columns);
    int blockBytes = BLOCK_SIZE * bits / 8;
    float[] block = new float[BLOCK_SIZE];
    float[] weights = new float[BLOCK_SIZE];
    float[] steps = new float[BLOCK_SIZE];
    for (int b = 0; b < blocks; b++) {
      int count = Math.min(BLOCK_SIZE, columns - b * BLOCK_SIZE);
      System.arraycopy(values, row * columns + b * BLOCK_SIZE, block, 0, count);
      Arrays.fill(block, count, BLOCK_SIZE, 0);
      int at = row * blocks + b;
      if (bits == 8) {
        scales[at] = toBytes(block, stored, at * blockBytes);
      } else {
        scales[at] = fitSteps(block, weights, steps);
        pack(steps, stored, at * blockBytes);
      }
    }
  }

  private static float toBytes(float[] block, byte[] stored, int at) {
    float scale = Math.abs(largest(block)) / 127;
    for (int i = 0; i < BLOCK_SIZE; i++) {
      float step = scale == 0 ? 0 : (block[i] / scale + ROUND) - ROUND;
      stored[at + i] = (byte) (Math.clamp((int) step, -128, 127) + 128);
    }
    return scale;
  }

  private static void pack(float[] steps, byte[] stored, int at) {
    for (int i = 0; i < BLOCK_SIZE / 2; i++) {
      int low = (int) steps[2 * i] + 8;
      int high = (int) steps[2 * i + 1] + 8;
      stored[at + i] = (byte) (low | high << 4);
    }
  }

  /**
   * Finds the steps in [-8, 7] and the scale with the least weighted squared error. For given steps
   * q and weights w the best scale is {@code sum(wxq) / sum(wqq)} and takes {@code sum(wxq)^2 /
   * sum(wqq)} off the error, so the search is for steps where that is largest: x rounded at many
   * scales of either sign, since only one end reaches 8.
   *
   * <p>The weights favour large values, which matter more to the output, without forgetting small
   * ones: {@code |x| + rms(x)}. On SmolLM2-135M this gives a KL divergence 14 % lower than no
   * weights.
   */
  private static float fitSteps(float[] block, float[] weights, float[] steps) {
    float largest = largest(block);
    Arrays.fill(steps, 0);
    if (largest == 0) {
      return 0;
    }
    fillWeights(block, weights);
    float bestScore = -1;
    float bestInverse = 0;
    for (float at = SEARCH_FROM; at <= SEARCH_TO; at += SEARCH_STEP) {
      for (int sign = -1; sign <= 1; sign += 2) {
        float inverse = sign * at / largest;
        float score = score(block, weights, inverse);
        if (score > bestScore) {
          bestScore = score;
          bestInverse = inverse;
        }
      }
    }
    float products = 0;
    float squares = 0;
    for (int i = 0; i < BLOCK_SIZE; i++) {
      steps[i] = step(block[i] * bestInverse);
      products += weights[i] * block[i] * steps[i];
      squares += weights[i] * steps[i] * steps[i];
    }
    return products / squares;
  }

  private static void fillWeights(float[] block, float[] weights) {
    float squares = 0;
    for (float value : block) {
      squares += value * value;
    }
    float rms = (float) Math.sqrt(squares / BLOCK_SIZE);
    for (int i = 0; i < BLOCK_SIZE; i++) {
      weights[i] = Math.abs(block[i]) + rms;
    }
  }

  private static float score(float[] block, float[] weights, float inverse) {
    float products = 0;
    float squares = 0;
    for (int i = 0; i < BLOCK_SIZE; i++) {
      float step = step(block[i] * inverse);
      float weighted = weights[i] * step;
      products += weighted * block[i];
      squares += weighted * step;
    }
    return products * products / squares;
  }

  private static float step(float value) {
    return Math.clamp((value + ROUND) - ROUND, -8f, 7f);
  }

  private static float largest(float[] block) {
    float largest = 0;
    for (float value : block) {
      if (Math.abs(value) > Math.abs(largest)) {
        largest = value;
      }
    }
    return largest;
  }
}
