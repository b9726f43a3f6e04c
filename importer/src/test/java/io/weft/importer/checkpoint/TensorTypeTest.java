package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.checkpoint.block.BlockShape;
import io.weft.importer.checkpoint.block.QuantizedValues;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The goldens are blocks and what gguf-py reads from them, 4 rows of 512 values. */
class TensorTypeTest {
  private static final int ROWS = 4;
  private static final int COLUMNS = 512;

  static Stream<TensorType> decodable() {
    return TensorType.decodable().stream();
  }

  static Stream<TensorType> blockTypes() {
    return decodable().filter(type -> type.blocks() != null);
  }

  @Test
  void allTypesThatAreReadHaveGoldens() {
    assertThat(goldens().properties())
        .extracting(golden -> TensorType.valueOf(golden.getKey()))
        .containsExactlyInAnyOrderElementsOf(TensorType.decodable())
        .hasSize(11);
  }

  /** Exactly what gguf-py reads, to the last bit. */
  @ParameterizedTest
  @MethodSource("decodable")
  void decodesAsGgufPyDoes(TensorType type) {
    float[] values = new float[ROWS * COLUMNS];
    tensor(type).readRows(0, ROWS, values);

    assertThat(bits(values)).containsExactly(bits(expected(type)));
  }

  /** The formula of {@link QuantizedRows} gives exactly what gguf-py reads. */
  @ParameterizedTest
  @MethodSource("blockTypes")
  void blocksHoldTheSameValues(TensorType type) {
    QuantizedRows rows = tensor(type).blocks();
    QuantizedValues values = rows.room(ROWS);
    rows.read(0, ROWS, values);

    assertThat(bits(rebuilt(rows.shape(), values))).containsExactly(bits(expected(type)));
    for (byte step : values.steps()) {
      assertThat(step & 0xff).isLessThan(1 << rows.shape().bits());
    }
  }

  @ParameterizedTest
  @MethodSource("blockTypes")
  void blocksHonourSlicesAndOrders(TensorType type) {
    Tensor reordered = tensor(type).withRowOrder(row -> ROWS - 1 - row);
    QuantizedRows rows = reordered.slice(1, 2).blocks();
    QuantizedValues values = rows.room(2);
    rows.read(0, 2, values);

    float[] expected = expected(type);
    float[] rebuilt = rebuilt(rows.shape(), values);
    assertThat(bits(Arrays.copyOfRange(rebuilt, 0, COLUMNS)))
        .containsExactly(bits(Arrays.copyOfRange(expected, 2 * COLUMNS, 3 * COLUMNS)));
    assertThat(bits(Arrays.copyOfRange(rebuilt, COLUMNS, 2 * COLUMNS)))
        .containsExactly(bits(Arrays.copyOfRange(expected, COLUMNS, 2 * COLUMNS)));
  }

  @Test
  void plainNumbersHaveNoBlocks() {
    assertThat(tensor(TensorType.F16).blocks()).isNull();
  }

  @Test
  void scalesThatAreNotFiniteAreRefused() {
    byte[] data = data(TensorType.Q4_1);
    int secondBlockOfRowTwo = (2 * COLUMNS / 32 + 1) * 20;
    ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putShort(secondBlockOfRowTwo + 2, NAN);
    Tensor tensor = tensor(TensorType.Q4_1, data);
    QuantizedRows rows = tensor.blocks();

    assertThatThrownBy(() -> rows.read(1, 3, rows.room(3)))
        .isInstanceOf(ImportException.class)
        .hasMessage("tensor t: minimum 1 of row 2 is NaN");
    assertThatThrownBy(() -> tensor.readRows(1, 3, new float[3 * COLUMNS]))
        .isInstanceOf(ImportException.class)
        .hasMessage("tensor t: value 32 of row 2 is NaN");
  }

  @Test
  void readsRowsInTheOrderAskedFor() {
    float[] stored = {0, 1, 2, 3, 4, 5};
    MemorySegment data = MemorySegment.ofArray(new byte[24]);
    MemorySegment.copy(stored, 0, data, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, stored.length);
    Tensor tensor = Tensor.of("t", List.of(3L, 2L), TensorType.F32, data);

    float[] values = new float[4];
    tensor.withRowOrder(row -> 2 - row).readRows(0, 2, values);

    assertThat(values).containsExactly(4, 5, 2, 3);
  }

  @Test
  void addsToWhatTheFileHolds() {
    float[] stored = {0, 1, 2, 3, 4, 5};
    MemorySegment data = MemorySegment.ofArray(new byte[24]);
    MemorySegment.copy(stored, 0, data, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, stored.length);
    Tensor tensor = Tensor.of("t", List.of(6L), TensorType.F32, data);
    Tensor more = tensor.plus(1);

    float[] values = new float[2];
    more.asColumn().withRowOrder(row -> 5 - row).slice(1, 2).readRows(0, 2, values);

    assertThat(values).containsExactly(5, 4);
    assertThat(more.isAsInFile()).isFalse();
    assertThat(more.hasContentOf(tensor)).isFalse();
    assertThat(tensor.isAsInFile()).isTrue();
    assertThatThrownBy(() -> tensor(TensorType.Q8_0).plus(1))
        .isInstanceOf(ImportException.class)
        .hasMessage("tensor t has type Q8_0, it must hold plain numbers");
  }

  /** As {@code torch.tensor(x, dtype)} rounds them; the last two lie half way between two. */
  @Test
  void roundsToTheNearestNumberOfItsKind() {
    assertThat(TensorType.BF16.nearest((float) Math.sqrt(3_072))).isEqualTo(55.5f);
    assertThat(TensorType.BF16.nearest((float) Math.sqrt(1_152))).isEqualTo(34);
    assertThat(TensorType.F16.nearest((float) Math.sqrt(3_072))).isEqualTo(55.4375f);
    assertThat(TensorType.F32.nearest(55.4256f)).isEqualTo(55.4256f);
    assertThat(TensorType.BF16.nearest(1 + 1 / 256f)).isEqualTo(1);
    assertThat(TensorType.BF16.nearest(1 + 3 / 256f)).isEqualTo(1 + 4 / 256f);
  }

  private static final short NAN = 0x7e00;

  private static float[] rebuilt(BlockShape shape, QuantizedValues values) {
    float[] floats = new float[values.steps().length];
    for (int i = 0; i < floats.length; i++) {
      int group = i / shape.groupSize();
      floats[i] = values.scales()[group] * ((values.steps()[i] & 0xff) - shape.zero());
      if (shape.hasMinimums()) {
        floats[i] += values.minimums()[group];
      }
    }
    return floats;
  }

  private static Tensor tensor(TensorType type) {
    return tensor(type, data(type));
  }

  private static Tensor tensor(TensorType type, byte[] data) {
    return Tensor.of("t", List.of((long) ROWS, (long) COLUMNS), type, MemorySegment.ofArray(data));
  }

  private static byte[] data(TensorType type) {
    return HexFormat.of().parseHex(goldens().path(type.name()).path("hex").asText());
  }

  private static float[] expected(TensorType type) {
    String hex = goldens().path(type.name()).path("values").asText();
    float[] values = new float[ROWS * COLUMNS];
    ByteBuffer.wrap(HexFormat.of().parseHex(hex)).asFloatBuffer().get(values);
    return values;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }

  private static JsonNode goldens() {
    return TinyCheckpoints.read("gguf-blocks.json", JsonNode.class);
  }
}
