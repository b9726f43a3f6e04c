package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.GgufBuilder;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GgufTest {
  @TempDir Path temp;

  @Test
  void readsMetadataAndTensors() throws IOException {
    GgufBuilder builder =
        new GgufBuilder()
            .string("s", "text")
            .u32("n", 7)
            .bool("b", true)
            .f32("f", 0.5f)
            .ints("is", 1, -2)
            .strings("ss", java.util.List.of("a", "é"))
            .tensor("one", new float[] {1, 2, 3, 4, 5, 6}, 2, 3)
            .tensor("two", new float[] {7}, 1);
    try (MappedFile file = MappedFile.open(builder.write(temp.resolve("f")))) {
      Gguf gguf = Gguf.parse(file);

      assertThat(gguf.metadata().string("s")).isEqualTo("text");
      assertThat(gguf.metadata().integer("n", 0, 9)).isEqualTo(7);
      assertThat(gguf.metadata().bool("b", false)).isTrue();
      assertThat(gguf.metadata().positive("f", 1)).isEqualTo(0.5);
      assertThat(gguf.metadata().integers("is", 2)).containsExactly(1, -2);
      assertThat(gguf.metadata().strings("ss", 2)).containsExactly("a", "é");
      float[] row = new float[3];
      gguf.tensors().get("one").readRows(1, 1, row);
      assertThat(row).containsExactly(4, 5, 6);
      assertThat(gguf.tensors().keySet()).containsExactly("one", "two");
    }
  }

  static Stream<Arguments> hostile() {
    float[] one = {1};
    byte[] none = {};
    return Stream.of(
        Arguments.of(new GgufBuilder().version(1), "GGUF version 1 is not supported"),
        Arguments.of(
            new GgufBuilder().tensorCount(Long.MAX_VALUE),
            "9223372036854775807 tensors, the limit is 32,768"),
        Arguments.of(
            new GgufBuilder().entryCount(1L << 40),
            "1099511627776 metadata entries, the limit is 65,536"),
        Arguments.of(new GgufBuilder().entryCount(3), "the file ends at byte"),
        Arguments.of(
            new GgufBuilder().array("a", 4, Long.MIN_VALUE, none),
            "a has 9223372036854775808 elements"),
        Arguments.of(new GgufBuilder().array("a", 4, 1 << 20, none), "the file ends at byte"),
        Arguments.of(new GgufBuilder().array("a", 9, 1, none), "a is an array of type 9"),
        Arguments.of(new GgufBuilder().entry("a", 99, none), "a has unknown type 99"),
        Arguments.of(
            new GgufBuilder().u32("general.alignment", 48), "general.alignment is 48, no power"),
        Arguments.of(
            new GgufBuilder().rawTensor("t", 0, 0, 1L << 31, 1L << 31),
            "tensor t: shape [2147483648, 2147483648] has more than 2^48 values"),
        Arguments.of(
            new GgufBuilder().rawTensor("t", 0, 0, Long.MAX_VALUE, 2), "has more than 2^48"),
        // 2^63 values: no more than 64 bits, but negative.
        Arguments.of(
            new GgufBuilder().rawTensor("t", 0, 0, 1L << 32, 1L << 31), "has more than 2^48"),
        Arguments.of(
            new GgufBuilder().rawTensor("t", 0, 0, -1), "shape [-1] has a dimension below 1"),
        Arguments.of(
            new GgufBuilder().rawTensor("t", 0, 0, 1 << 20),
            "tensor t: offset 0 and 4,194,304 bytes pass the 0 bytes of data"),
        Arguments.of(new GgufBuilder().rawTensor("t", 0, -32, 1), "tensor t: offset -32"),
        Arguments.of(
            new GgufBuilder().tensor("a", one, 1).rawTensor("t", 0, 2, 1).tensor("b", one, 1),
            "tensor t: offset 2 is no multiple of the alignment 32"),
        Arguments.of(
            new GgufBuilder().tensor("a", one, 1).rawTensor("t", 0, 0, 1),
            "tensors a and t overlap"),
        Arguments.of(
            new GgufBuilder().tensor("a", one, 1).tensor("a", one, 1),
            "tensor a stands in the file twice"),
        Arguments.of(
            new GgufBuilder().rawTensor("t", 10, 0, 256),
            "tensor t has GGUF type 10 (Q2_K), which is not supported; supported: [F32, F16"),
        Arguments.of(
            new GgufBuilder().rawTensor("t", 8, 0, 31),
            "tensor t: rows of 31 values are no multiple of the 32 of a Q8_0 block"),
        Arguments.of(
            new GgufBuilder().rawTensor("t\u001b[2J\n", 0, 0, 1, 1, 1, 1, 1),
            "tensor t?[2J? has 5 dimensions, the limit is 4"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void refuses(GgufBuilder builder, String message) throws IOException {
    try (MappedFile file = MappedFile.open(builder.write(temp.resolve("f")))) {
      assertThatThrownBy(() -> Gguf.parse(file))
          .isInstanceOf(ImportException.class)
          .hasMessageContaining(message);
    }
  }

  @Test
  void refusesOtherFiles() throws IOException {
    for (String content : new String[] {"", "GGUF", "PK........................."}) {
      try (MappedFile file = MappedFile.open(Files.writeString(temp.resolve("f"), content))) {
        assertThatThrownBy(() -> Gguf.parse(file)).hasMessageEndingWith("is not a GGUF file");
      }
    }
  }
}
