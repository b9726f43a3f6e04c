package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.testing.TinyCheckpoints;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTypeTest {
  /** Exactly what gguf-py reads, to the last bit. */
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "Q8_0", "Q4_1"})
  void decodesAsGgufPyDoes(TensorType type) {
    JsonNode golden = TinyCheckpoints.read("gguf-blocks.json", JsonNode.class).path(type.name());
    byte[] data = HexFormat.of().parseHex(golden.path("hex").asText());
    Tensor tensor = Tensor.of("t", List.of(4L, 64L), type, MemorySegment.ofArray(data));

    float[] values = new float[256];
    tensor.readRows(0, 4, values);

    for (int i = 0; i < values.length; i++) {
      assertThat(values[i]).isEqualTo(golden.path("values").get(i).floatValue());
    }
  }

  @Test
  void readsRowsInTheOrderAskedFor() {
    float[] stored = {0, 1, 2, 3, 4, 5};
    MemorySegment data = MemorySegment.ofArray(new byte[24]);
    MemorySegment.copy(
        stored, 0, data, java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, 0, stored.length);
    Tensor tensor = Tensor.of("t", List.of(3L, 2L), TensorType.F32, data);

    float[] values = new float[4];
    tensor.withRowOrder(row -> 2 - row).readRows(0, 2, values);

    assertThat(values).containsExactly(4, 5, 2, 3);
  }
}
