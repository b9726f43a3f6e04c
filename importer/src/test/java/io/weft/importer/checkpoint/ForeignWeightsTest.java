package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.download.CheckpointFinder;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignWeightsTest {
  @TempDir Path temp;
  private Path folder;

  @BeforeEach
  void copyCheckpoint() {
    folder = TinyCheckpoints.llama(temp);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pytorch_model.bin",
        "pytorch_model-00001-of-00002.bin",
        "model.pt",
        "consolidated.00.pth",
        "last.ckpt",
      })
  void picklesAreNeverRead(String name) throws IOException {
    Path file = replaceWeightsBy(name);
    for (Path source : List.of(folder, file, CheckpointFinder.find(folder, temp))) {
      assertThatThrownBy(() -> Checkpoint.open(source))
          .isInstanceOf(ImportException.class)
          .hasMessageContaining(
              name + " is a Python pickle, which can run any code when it is read")
          .hasMessageContaining("safe_serialization=True");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tf_model.h5", "flax_model.msgpack", "rust_model.ot", "bert.ckpt.index"})
  void otherFrameworksAreRefusedByName(String name) throws IOException {
    Path file = replaceWeightsBy(name);
    for (Path source : List.of(folder, file)) {
      assertThatThrownBy(() -> Checkpoint.open(source))
          .isInstanceOf(ImportException.class)
          .hasMessageContaining(name + " is in a format that is not read; convert it");
    }
  }

  @Test
  void picklesBesideSafetensorsDoNotMatter() throws IOException {
    Files.writeString(folder.resolve("pytorch_model.bin"), "x");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.tensorNames()).isNotEmpty();
    }
  }

  /** So the hub's own cache has its files: links to blobs beside the folder. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void linksToRegularFilesAreFollowed() throws IOException {
    Path blobs = Files.createDirectory(temp.resolve("blobs"));
    for (String name : List.of("model.safetensors", "config.json", "tokenizer.json")) {
      Files.move(folder.resolve(name), blobs.resolve("hash-of-" + name));
      Files.createSymbolicLink(folder.resolve(name), Path.of("../blobs/hash-of-" + name));
    }
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      assertThat(checkpoint.find("model.norm.weight")).isNotNull();
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void linksToAnythingElseAreNot() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    Files.createSymbolicLink(folder.resolve("model.safetensors"), Path.of("/dev/zero"));
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("has neither model.safetensors nor");
    Path device = folder.resolve("device.gguf");
    Files.createSymbolicLink(device, Path.of("/dev/zero"));
    assertThatThrownBy(() -> Checkpoint.open(device))
        .hasMessageEndingWith("is neither a file nor a folder");
  }

  private Path replaceWeightsBy(String name) throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    return Files.writeString(folder.resolve(name), "never read");
  }
}
