package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Sharded checkpoints that are much larger than the heap are imported as int4. */
class LargeImportTest {
  @TempDir Path temp;

  /** 63 million parameters, 127 MB, of which the heap is a third. */
  @Test
  void aCheckpointMayBeLargerThanTheHeap() throws Exception {
    importWith(new Shape(8_000, 1_024, 2_816, 4, 16, 4), 16L << 20, "-Xmx42m");
  }

  /** TinyLlama's 1.1 billion, 2.2 GB: {@code -Dweft.large-import=true}. */
  @Test
  @EnabledIfSystemProperty(named = "weft.large-import", matches = "true")
  void overABillionParametersTakeAGibibyteOfHeap() throws Exception {
    importWith(new Shape(32_000, 2_048, 5_632, 22, 32, 4), 500L << 20, "-Xmx1g");
  }

  private void importWith(Shape shape, long shardBytes, String heap) throws Exception {
    Path folder = shape.write(temp, shardBytes);
    Path models = temp.resolve("models");
    Process child =
        ChildJvm.start(LargeImportTest.class, List.of(heap), folder.toString(), models.toString());
    String output =
        new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();

    assertThat(child.waitFor()).isZero();
    assertThat(models.resolve("tiny-llama/model.json")).exists();
    System.out.printf("%,d parameters, %s: %s%n", shape.parameters(), heap, output);
  }

  /** Imports in the child and says what it took. */
  public static void main(String[] args) {
    ImportResult result =
        Importer.importCheckpoint(
            ImportOptions.of(Path.of(args[0]), Path.of(args[1])).withDtype(Dtype.INT4));
    long peak =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getPeakUsage)
            .mapToLong(usage -> usage.getUsed())
            .sum();
    System.out.printf("%s; at most %,d MiB of heap in use%n", result.summary(), peak >> 20);
  }

  /** Sizes of a Llama with a head of its own. */
  private record Shape(
      int vocabulary, int hidden, int intermediate, int layers, int heads, int kvHeads) {
    long parameters() {
      long kvWidth = (long) hidden / heads * kvHeads;
      long layer = 2L * hidden * (hidden + kvWidth) + 3L * hidden * intermediate + 2L * hidden;
      return 2L * vocabulary * hidden + layers * layer + hidden;
    }

    /** A folder in halves, in files of at most {@code shardBytes} unless a tensor is larger. */
    Path write(Path parent, long shardBytes) throws IOException {
      Path folder = TinyCheckpoints.llama(parent);
      Files.delete(folder.resolve("model.safetensors"));
      new SafetensorsBuilder(true)
          .llama(vocabulary, hidden, intermediate, layers, hidden / heads * kvHeads)
          .tensor("lm_head.weight", vocabulary, hidden)
          .writeShards(folder, shardBytes);
      String config = Files.readString(folder.resolve("config.json"));
      Files.writeString(
          folder.resolve("config.json"),
          config
              .replace("\"vocab_size\": 320", "\"vocab_size\": " + vocabulary)
              .replace("\"hidden_size\": 64", "\"hidden_size\": " + hidden)
              .replace("\"intermediate_size\": 96", "\"intermediate_size\": " + intermediate)
              .replace("\"num_attention_heads\": 4", "\"num_attention_heads\": " + heads)
              .replace("\"num_key_value_heads\": 2", "\"num_key_value_heads\": " + kvHeads)
              .replace("\"head_dim\": 16", "\"head_dim\": " + hidden / heads)
              .replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": " + layers)
              .replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false"));
      return folder;
    }
  }
}
