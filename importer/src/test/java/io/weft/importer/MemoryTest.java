package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Importing takes less than twice the largest tensor, as floats, and 200 MB. */
class MemoryTest {
  private static final int VOCABULARY = 49_152;
  private static final int HIDDEN = 576;
  private static final long LARGEST = 4L * VOCABULARY * HIDDEN;

  @TempDir Path temp;

  @ParameterizedTest
  @EnumSource
  @EnabledOnOs(OS.LINUX)
  void staysSmall(Dtype dtype) throws Exception {
    Path folder = bigEmbedding();
    Process child =
        ChildJvm.start(
            MemoryTest.class,
            List.of("-Xmx220m"),
            folder.toString(),
            temp.resolve("models").toString(),
            dtype.name());
    String output =
        new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();

    assertThat(child.waitFor()).isZero();
    // Anonymous memory only: pages of mapped files are the system's to drop.
    assertThat(Long.parseLong(output)).isBetween(1L << 20, 2 * LARGEST + 200_000_000L);
  }

  /** Imports in the child and prints the highest anonymous memory seen, in bytes. */
  public static void main(String[] args) throws Exception {
    Thread importing =
        Thread.ofPlatform()
            .start(
                () ->
                    Importer.importCheckpoint(
                        ImportOptions.of(Path.of(args[0]), Path.of(args[1]))
                            .withDtype(Dtype.valueOf(args[2]))));
    long highest = 0;
    do {
      highest = Math.max(highest, anonymousMemory());
    } while (!importing.join(java.time.Duration.ofMillis(2)));
    if (!Files.exists(Path.of(args[1], "tiny-llama", "model.json"))) {
      System.exit(1);
    }
    System.out.println(highest);
  }

  private static long anonymousMemory() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssAnon:")) {
        return 1_024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("/proc/self/status has no RssAnon");
  }

  /** The tiny Llama with an embedding table of SmolLM2's size. */
  private Path bigEmbedding() throws IOException {
    Path folder = TinyCheckpoints.llama(temp);
    Files.delete(folder.resolve("model.safetensors"));
    new SafetensorsBuilder(true)
        .llama(VOCABULARY, HIDDEN, 96, 1, 32)
        .write(folder.resolve("model.safetensors"));
    String config = Files.readString(folder.resolve("config.json"));
    for (List<Object> change :
        List.<List<Object>>of(
            List.of("vocab_size", VOCABULARY),
            List.of("hidden_size", HIDDEN),
            List.of("num_attention_heads", HIDDEN / 16),
            List.of("num_hidden_layers", 1))) {
      config =
          config.replaceFirst(
              "\"" + change.get(0) + "\": \\d+", "\"" + change.get(0) + "\": " + change.get(1));
    }
    Files.writeString(folder.resolve("config.json"), config);
    return folder;
  }
}
