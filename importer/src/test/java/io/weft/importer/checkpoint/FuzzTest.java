package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Broken checkpoints end in an ImportException or in numbers, never in anything else. */
class FuzzTest {
  private static final int ROUNDS = 1_500;

  @TempDir Path temp;

  @Test
  void brokenGguf() throws IOException {
    Path file = TinyCheckpoints.llamaGguf(temp, "q4_1");
    // The metadata and the tensors' entries end well before this; changed weights prove little.
    int header = 20_000;
    assertThat(fuzz(file, file, header, 11)).isGreaterThan(ROUNDS / 3);
  }

  @Test
  void brokenSafetensors() throws IOException {
    Path folder = TinyCheckpoints.bert(temp);
    Path file = folder.resolve("model.safetensors");
    assertThat(fuzz(folder, file, 4_000, 12)).isGreaterThan(ROUNDS / 3);
  }

  @Test
  void brokenConfig() throws IOException {
    Path folder = TinyCheckpoints.llama(temp);
    Path file = folder.resolve("config.json");
    assertThat(fuzz(folder, file, (int) Files.size(file), 13)).isGreaterThan(ROUNDS / 3);
  }

  /** Returns how many of the broken files were refused. */
  private int fuzz(Path checkpoint, Path file, int header, int seed) throws IOException {
    byte[] good = Files.readAllBytes(file);
    Random random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bad = good.clone();
      if (round % 4 == 0) {
        bad = Arrays.copyOf(bad, random.nextInt(bad.length));
      } else {
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
          int at = random.nextInt(Math.min(header, bad.length));
          bad[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) 0xff;
        }
      }
      Files.write(file, bad);
      try {
        readAll(checkpoint);
      } catch (ImportException expected) {
        assertThat(expected).hasMessageNotContaining("Exception: null");
        refused++;
      }
    }
    return refused;
  }

  private static void readAll(Path path) {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      for (String name : checkpoint.tensorNames()) {
        Tensor tensor = checkpoint.find(name);
        if (tensor != null && tensor.type().isDecodable() && tensor.columns() < 1 << 20) {
          float[] row = new float[tensor.columns()];
          for (long r = 0; r < Math.min(tensor.rows(), 4); r++) {
            tensor.readRows(r, 1, row);
          }
        }
      }
    }
  }
}
