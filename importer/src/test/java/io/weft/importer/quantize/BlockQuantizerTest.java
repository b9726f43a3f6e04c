package io.weft.importer.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.quantize.BlockLayout.Offsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockQuantizerTest {
  private static final int COLUMNS = 128;

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

    assertThat(BlockLayout.symmetric(8, 32).blocks(40)).isEqualTo(2);
    assertThat(back).hasSize(64);
    for (int i = 0; i < 64; i++) {
      assertThat(back[i]).isCloseTo(i < 40 ? 0.5f : 0, within(1e-6f));
    }
  }

  @Test
  void knowsFourAndEightBits() {
    assertThatThrownBy(() -> BlockLayout.symmetric(5, 32)).hasMessage("5 bits, supported: 4, 8");
  }

  @Test
  void minimumsAreNotQuantisedTo() {
    BlockLayout layout = new BlockLayout(4, 32, Offsets.MINIMUMS);
    assertThatThrownBy(() -> new BlockQuantizer(layout))
        .hasMessage("4-bit blocks of 32 with minimums cannot be quantised to");
  }

  /** Denormal values, whose reciprocals overflow, become 0 and not NaN. */
  @Test
  void valuesNextToNothingBecomeZeros() {
    for (Offsets offsets : List.of(Offsets.NONE, Offsets.ZERO_POINTS)) {
      for (int bits : new int[] {4, 8}) {
        float[] values = new float[COLUMNS];
        values[3] = Float.MIN_VALUE;
        values[40] = -1e-39f;
        for (float value : roundTrip(new BlockLayout(bits, 32, offsets), values, COLUMNS)) {
          assertThat(value).isCloseTo(0, within(1e-38f));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64, 128})
  void blocksMayHaveOtherSizes(int blockSize) {
    Random random = new Random(blockSize);
    float[] values = new float[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
      values[i] = (float) random.nextGaussian() + 0.5f;
    }
    for (Offsets offsets : List.of(Offsets.NONE, Offsets.ZERO_POINTS)) {
      for (int bits : new int[] {4, 8}) {
        float[] back = roundTrip(new BlockLayout(bits, blockSize, offsets), values, COLUMNS);
        assertThat(squaredError(values, back) / COLUMNS).isLessThan(bits == 4 ? 0.03 : 0.0002);
      }
    }
  }

  @Test
  void zeroPointsHelpWhereValuesAreOffCentre() {
    Random random = new Random(5);
    double symmetric = 0;
    double asymmetric = 0;
    for (int round = 0; round < 100; round++) {
      float[] values = new float[COLUMNS];
      for (int i = 0; i < COLUMNS; i++) {
        values[i] = (float) random.nextGaussian() + 1;
      }
      symmetric += squaredError(values, roundTrip(4, values, COLUMNS));
      BlockLayout layout = new BlockLayout(4, 32, Offsets.ZERO_POINTS);
      asymmetric += squaredError(values, roundTrip(layout, values, COLUMNS));
    }
    assertThat(asymmetric).isLessThan(0.6 * symmetric);
  }

  /** Quantises one row as the second of two and reads it back as MatMulNBits does. */
  private static float[] roundTrip(int bits, float[] values, int columns) {
    return roundTrip(BlockLayout.symmetric(bits, 32), values, columns);
  }

  private static float[] roundTrip(BlockLayout layout, float[] values, int columns) {
    float[] rows = new float[2 * columns];
    System.arraycopy(values, 0, rows, columns, columns);
    BlockRows stored = new BlockRows(layout, 2, columns);
    new BlockQuantizer(layout).quantizeRow(rows, 1, stored);
    return java.util.Arrays.copyOf(Dequantized.row(stored, 1), Math.max(columns, 64));
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
