package io.weft.importer.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockQuantizerTest {
  private static final int COLUMNS = 64;

  /** What Q8_0 files hold comes back bit for bit in steps, to one rounding in scales. */
  @Test
  void eightBitsCarryEightBitFilesOver() {
    Random random = new Random(1);
    float scale = Float.float16ToFloat(Float.floatToFloat16(0.0123f));
    float[] values = new float[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
      values[i] = (i % 32 == 5 ? -127 : random.nextInt(255) - 127) * scale;
    }
    float[] back = roundTrip(8, values, COLUMNS);

    for (int i = 0; i < COLUMNS; i++) {
      assertThat(back[i]).isCloseTo(values[i], within(Math.ulp(values[i])));
    }
  }

  /** Symmetric 4-bit files, Q4_0, come back too: their steps reach -8 at the largest value. */
  @Test
  void fourBitsCarryFourBitFilesOver() {
    Random random = new Random(2);
    float[] values = new float[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
      values[i] = (i % 32 == 7 ? -8 : random.nextInt(16) - 8) * -0.25f;
    }
    float[] back = roundTrip(4, values, COLUMNS);

    for (int i = 0; i < COLUMNS; i++) {
      assertThat(back[i]).isCloseTo(values[i], within(1e-6f));
    }
  }

  @Test
  void theFitBeatsTheUsualFormula() {
    Random random = new Random(3);
    double fitted = 0;
    double usual = 0;
    for (int round = 0; round < 200; round++) {
      float[] values = new float[COLUMNS];
      for (int i = 0; i < COLUMNS; i++) {
        values[i] = (float) random.nextGaussian();
      }
      fitted += squaredError(values, roundTrip(4, values, COLUMNS));
      usual += squaredError(values, usualFormula(values));
    }
    assertThat(fitted).isLessThan(0.9 * usual);
  }

  @Test
  void zerosStayZeros() {
    assertThat(roundTrip(4, new float[COLUMNS], COLUMNS)).containsOnly(0);
    assertThat(roundTrip(8, new float[COLUMNS], COLUMNS)).containsOnly(0);
  }

  @Test
  void aRowThatEndsInABlockIsPaddedWithZeros() {
    float[] values = new float[40];
    java.util.Arrays.fill(values, 0.5f);
    float[] back = roundTrip(8, values, 40);

    assertThat(BlockQuantizer.blocks(40)).isEqualTo(2);
    assertThat(back).hasSize(64);
    for (int i = 0; i < 64; i++) {
      assertThat(back[i]).isCloseTo(i < 40 ? 0.5f : 0, within(1e-6f));
    }
  }

  @Test
  void knowsFourAndEightBits() {
    assertThatThrownBy(() -> new BlockQuantizer(5)).hasMessage("5 bits, supported: 4, 8");
  }

  /** Quantises one row as the second of two and reads it back as MatMulNBits does. */
  private static float[] roundTrip(int bits, float[] values, int columns) {
    BlockQuantizer quantizer = new BlockQuantizer(bits);
    int blocks = BlockQuantizer.blocks(columns);
    float[] rows = new float[2 * columns];
    System.arraycopy(values, 0, rows, columns, columns);
    byte[] stored = new byte[2 * quantizer.rowBytes(columns)];
    float[] scales = new float[2 * blocks];
    quantizer.quantizeRow(rows, 1, columns, stored, scales);
    float[] back = new float[blocks * 32];
    for (int i = 0; i < back.length; i++) {
      int at = quantizer.rowBytes(columns);
      int step =
          bits == 8 ? (stored[at + i] & 0xff) - 128 : (stored[at + i / 2] >> (i % 2 * 4) & 15) - 8;
      back[i] = step * scales[blocks + i / 32];
    }
    return back;
  }

  private static float[] usualFormula(float[] values) {
    float[] back = new float[values.length];
    for (int from = 0; from < values.length; from += 32) {
      float largest = 0;
      for (int i = from; i < from + 32; i++) {
        largest = Math.abs(values[i]) > Math.abs(largest) ? values[i] : largest;
      }
      float scale = largest / -8;
      for (int i = from; i < from + 32; i++) {
        back[i] = Math.clamp(Math.round(values[i] / scale), -8, 7) * scale;
      }
    }
    return back;
  }

  private static double squaredError(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return sum;
  }

  private static org.assertj.core.data.Offset<Float> within(float offset) {
    return org.assertj.core.data.Offset.offset(offset);
  }
}
