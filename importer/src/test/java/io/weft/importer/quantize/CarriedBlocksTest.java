package io.weft.importer.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.checkpoint.block.BlockFormat;
import io.weft.importer.checkpoint.block.BlockFormats;
import io.weft.importer.checkpoint.block.BlockShape;
import io.weft.importer.checkpoint.block.QuantizedValues;
import io.weft.importer.quantize.BlockLayout.Offsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CarriedBlocksTest {
  private static final int COLUMNS = 512;
  private static final int ROWS = 2;

  /** Layouts that hold more than a type needs, as when parts of a matrix have several types. */
  private static final List<BlockLayout> RICHER =
      List.of(
          BlockLayout.symmetric(4, 32),
          BlockLayout.symmetric(8, 32),
          BlockLayout.symmetric(8, 16),
          new BlockLayout(4, 32, Offsets.MINIMUMS),
          new BlockLayout(8, 16, Offsets.MINIMUMS));

  static Stream<BlockShape> shapes() {
    return Stream.of(
            BlockFormats.q4Zero(),
            BlockFormats.q4One(),
            BlockFormats.q5Zero(),
            BlockFormats.q5One(),
            BlockFormats.q8Zero(),
            BlockFormats.q4K(),
            BlockFormats.q5K(),
            BlockFormats.q6K())
        .map(BlockFormat::shape);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void valuesStayWhatTheyAre(BlockShape shape) {
    QuantizedValues values = random(shape);
    for (BlockLayout other : RICHER) {
      BlockRows out = new BlockRows(BlockLayout.of(shape).join(other), ROWS, COLUMNS);
      CarriedBlocks carrier = new CarriedBlocks(shape);
      for (int row = 0; row < ROWS; row++) {
        carrier.carryRow(values, row, out);
        float[] back = Dequantized.row(out, row);
        for (int i = 0; i < COLUMNS; i++) {
          int at = row * COLUMNS + i;
          float scale = values.scales()[at / shape.groupSize()];
          float expected = scale * ((values.steps()[at] & 0xff) - shape.zero());
          // The sum of a minimum and a multiple of a scale is rounded where there is one.
          float rounding = 0;
          if (shape.hasMinimums()) {
            expected += values.minimums()[at / shape.groupSize()];
            rounding = 4e-7f * (Math.abs(scale) * 16 + Math.abs(expected));
          }
          assertThat(back[i]).isCloseTo(expected, Offset.offset(rounding));
        }
      }
    }
  }

  @Test
  void typesHaveTheirSmallestLayout() {
    assertThat(shapes().map(BlockLayout::of).map(BlockLayout::toString))
        .containsExactly(
            "4-bit blocks of 32",
            "4-bit blocks of 32 with minimums",
            "8-bit blocks of 32",
            "8-bit blocks of 32 with minimums",
            "8-bit blocks of 32",
            "4-bit blocks of 32 with minimums",
            "8-bit blocks of 32 with minimums",
            "8-bit blocks of 16");
  }

  @Test
  void zeroPointsDoNotGoWithMinimums() {
    BlockLayout zeros = new BlockLayout(4, 32, Offsets.ZERO_POINTS);
    assertThatThrownBy(() -> BlockLayout.symmetric(4, 32).join(zeros))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static QuantizedValues random(BlockShape shape) {
    Random random = new Random(shape.hashCode());
    QuantizedValues values = new QuantizedValues(shape, ROWS * COLUMNS);
    random.nextBytes(values.steps());
    for (int i = 0; i < values.steps().length; i++) {
      values.steps()[i] &= (byte) ((1 << shape.bits()) - 1);
    }
    for (int i = 0; i < values.scales().length; i++) {
      values.scales()[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < values.minimums().length; i++) {
      values.minimums()[i] = (float) random.nextGaussian() * 8;
    }
    return values;
  }
}
