package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.GgufBuilder;
import io.weft.importer.SafetensorsBuilder;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files as large as the limits allow, made to take much memory for each of their bytes. */
class HostileSizesTest {
  /** Just below the 8 MiB of a safetensors header or a JSON file. */
  private static final int LARGE = 8_000_000;

  @TempDir Path temp;

  static Stream<Arguments> headers() {
    String entries =
        String.join(
            ",",
            IntStream.range(0, LARGE / 60)
                .mapToObj(
                    "\"%d\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"::formatted)
                .toList());
    return Stream.of(
        Arguments.of("{" + entries + "}", "has more than 32,768 tensors"),
        Arguments.of(
            "{\"a\":{\"shape\":[" + "1,".repeat(LARGE / 2) + "1]}}",
            "shape has more than 8 numbers"),
        Arguments.of(
            "{\"a\":{\"shape\":" + "[".repeat(LARGE), "shape holds something other than integers"),
        Arguments.of("{\"__metadata__\":" + "[".repeat(LARGE), "its header is not valid"),
        Arguments.of("{\"__metadata__\":[" + "{},".repeat(LARGE / 3), "its header is not valid"),
        Arguments.of("{\"" + "\u00e9".repeat(LARGE / 2) + "\":1}", "its header is not valid"),
        Arguments.of(
            "{\"a\":{\"dtype\":\""
                + "x".repeat(LARGE)
                + "\",\"shape\":[1],\"data_offsets\":[0,4]}}",
            "its header is not valid"));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void safetensorsHeaders(String header, String message) {
    byte[] file = SafetensorsBuilder.frame(header);
    staysSmall(() -> Safetensors.parse(mapped(file)), message);
  }

  @Test
  void asManySafetensorsAsTheLimitAllows() throws IOException {
    SafetensorsBuilder builder = new SafetensorsBuilder(true);
    IntStream.range(0, 32_768).forEach(i -> builder.tensor("t" + i, 1));
    byte[] file = Files.readAllBytes(builder.write(temp.resolve("f")));

    assertThat(FuzzRun.allocated(() -> Safetensors.parse(mapped(file))))
        .isLessThan(FuzzRun.MAX_ALLOCATION);
  }

  @Test
  void asManyGgufTensorsAsTheLimitAllows() throws IOException {
    GgufBuilder builder = new GgufBuilder();
    IntStream.range(0, 32_768).forEach(i -> builder.rawTensor("t" + i, 0, 32L * i, 1, 1, 1, 8));
    byte[] header = Files.readAllBytes(builder.write(temp.resolve("f")));
    byte[] file = Arrays.copyOf(header, header.length + 32 * 32_768);

    assertThat(FuzzRun.allocated(() -> Gguf.parse(mapped(file))))
        .isLessThan(FuzzRun.MAX_ALLOCATION);
  }

  @Test
  void muchGgufMetadata() throws IOException {
    GgufBuilder keys = new GgufBuilder();
    IntStream.range(0, 65_536).forEach(i -> keys.u32("k" + i, i));
    byte[] manyKeys = Files.readAllBytes(keys.write(temp.resolve("keys")));
    GgufBuilder strings = new GgufBuilder();
    IntStream.range(0, 5).forEach(i -> strings.string("s" + i, "\u00e9".repeat(1_000_000)));
    byte[] longStrings = Files.readAllBytes(strings.write(temp.resolve("strings")));

    assertThat(FuzzRun.allocated(() -> Gguf.parse(mapped(manyKeys))))
        .isLessThan(FuzzRun.MAX_ALLOCATION);
    staysSmall(() -> Gguf.parse(mapped(longStrings)), "the metadata holds more than the limit");
  }

  static Stream<Arguments> configurations() {
    return Stream.of(
        Arguments.of("{\"a\":[" + "{},".repeat(LARGE / 3), "cannot read"),
        Arguments.of("{\"a\":[" + "[1],".repeat(LARGE / 4), "cannot read"),
        Arguments.of("{\"a\":" + "[".repeat(LARGE), "cannot read"),
        Arguments.of("{\"a\":\"" + "x".repeat(LARGE) + "\"}", "cannot read"),
        Arguments.of("{\"" + "x".repeat(LARGE) + "\":1}", "cannot read"),
        Arguments.of("{\"a\":" + "1".repeat(LARGE) + "}", "cannot read"),
        Arguments.of(
            "{"
                + String.join(
                    ",", IntStream.range(0, 600_000).mapToObj("\"%d\":1"::formatted).toList()),
            "cannot read"),
        Arguments.of(" ".repeat(9 << 20), "bytes, the limit is 8,388,608"));
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void configurationFiles(String content, String message) throws IOException {
    Path file = Files.writeString(temp.resolve("config.json"), content);
    staysSmall(() -> JsonFiles.read(file), message);
  }

  private static void staysSmall(Runnable read, String message) {
    long allocated =
        FuzzRun.allocated(
            () ->
                assertThatThrownBy(read::run)
                    .isInstanceOf(ImportException.class)
                    .hasMessageContaining(message));
    assertThat(allocated).isLessThan(FuzzRun.MAX_ALLOCATION);
  }

  private static MappedFile mapped(byte[] bytes) {
    return new MappedFile(Path.of("hostile"), MemorySegment.ofArray(bytes), Arena.global());
  }
}
