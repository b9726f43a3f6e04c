package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Imports that die half-way, and files that change under one. */
class InterruptedImportTest {
  @TempDir Path temp;
  private Path models;

  @BeforeEach
  void setUp() {
    models = temp.resolve("models");
  }

  @Test
  void aKilledImportLeavesOnlyAPartThatNobodySees() throws Exception {
    Path folder = checkpointThatTakesAWhile();
    Path part = models.resolve("tiny-llama.part");
    Process child =
        ChildJvm.start(
            InterruptedImportTest.class, List.of("-Xmx400m"), folder.toString(), models.toString());
    Instant limit = Instant.now().plus(Duration.ofMinutes(1));
    while (sizeOf(part.resolve("model.bin")) < 1 << 20) {
      assertThat(child.isAlive()).isTrue();
      assertThat(Instant.now()).isBefore(limit);
      Thread.sleep(1);
    }
    child.destroyForcibly();
    assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(child.exitValue()).isNotZero();

    assertThat(children(models)).containsExactly("tiny-llama.part");
    assertThat(part.resolve("model.bin")).exists();
    assertThat(ModelFolder.findAll(models, ModelManifest.TASK_GENERATE)).isEmpty();

    Importer.importCheckpoint(ImportOptions.of(folder, models).withDtype(Dtype.INT8));

    assertThat(children(models)).containsExactly("tiny-llama");
    assertThat(ModelFolder.findAll(models, ModelManifest.TASK_GENERATE)).hasSize(1);
  }

  /** So that nobody sees it, and the next import clears it, when the check is killed. */
  @Test
  void whatACheckWritesLiesInThePartToo() throws IOException {
    ImportOptions options =
        ImportOptions.of(TinyCheckpoints.llama(temp), models).withDtype(Dtype.INT8);
    ModelFolder folder = Importer.importCheckpoint(options).folder();
    CompletableFuture<?> check =
        CompletableFuture.supplyAsync(() -> ImportCheck.run(options, folder));
    Set<String> seen = new HashSet<>();
    while (!check.isDone()) {
      seen.addAll(children(models));
    }
    check.join();

    assertThat(seen).isSubsetOf("tiny-llama", "tiny-llama.part");
    assertThat(children(models)).containsExactly("tiny-llama");
  }

  /** Killed between the manifest and the new name, a part is whole; it still does not count. */
  @Test
  void aWholePartIsNotSeenEither() throws IOException {
    TinyCheckpoints.importLlama(models, Dtype.FP32);
    Files.move(models.resolve("tiny-llama"), models.resolve("tiny-llama.part"));

    assertThat(ModelFolder.findAll(models, ModelManifest.TASK_GENERATE)).isEmpty();
    TinyCheckpoints.importLlama(models, Dtype.FP32);
    assertThat(children(models)).containsExactly("tiny-llama");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFileThatIsCutWhileItIsMappedIsRefused() throws IOException {
    Path folder = TinyCheckpoints.llama(temp);
    Path weights = folder.resolve("model.safetensors");
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      try (FileChannel channel = FileChannel.open(weights, StandardOpenOption.WRITE)) {
        channel.truncate(8_192);
      }
      assertThatThrownBy(() -> importOpened(checkpoint, folder))
          .isInstanceOf(ImportException.class)
          .hasMessageEndingWith("became shorter while it was imported");
    }
    assertThat(children(models)).isEmpty();
  }

  @Test
  void aFileThatIsWrittenToMeanwhileIsRefused() throws IOException {
    Path folder = TinyCheckpoints.llama(temp);
    Path weights = folder.resolve("model.safetensors");
    SourceFiles source = SourceFiles.of(List.of(weights));
    source.checkUnchanged();

    Files.setLastModifiedTime(weights, FileTime.from(Instant.EPOCH));
    assertThatThrownBy(source::checkUnchanged)
        .isInstanceOf(ImportException.class)
        .hasMessage(weights + " changed while it was imported");
  }

  private void importOpened(Checkpoint checkpoint, Path folder) {
    Importer.importOpened(
        checkpoint, "tiny", ImportOptions.of(folder, models).withDtype(Dtype.FP32));
  }

  /** Imports in the child. */
  public static void main(String[] args) {
    Importer.importCheckpoint(
        ImportOptions.of(Path.of(args[0]), Path.of(args[1])).withDtype(Dtype.INT4));
  }

  /** The tiny Llama with an embedding table and layers that take seconds to quantise. */
  private Path checkpointThatTakesAWhile() throws IOException {
    Path folder = TinyCheckpoints.llama(temp);
    Files.delete(folder.resolve("model.safetensors"));
    new SafetensorsBuilder(true)
        .llama(16_384, 512, 1_024, 8, 32)
        .write(folder.resolve("model.safetensors"));
    String config = Files.readString(folder.resolve("config.json"));
    Files.writeString(
        folder.resolve("config.json"),
        config
            .replace("\"vocab_size\": 320", "\"vocab_size\": 16384")
            .replace("\"hidden_size\": 64", "\"hidden_size\": 512")
            .replace("\"intermediate_size\": 96", "\"intermediate_size\": 1024")
            .replace("\"num_attention_heads\": 4", "\"num_attention_heads\": 32")
            .replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 8"));
    return folder;
  }

  private static long sizeOf(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  private static List<String> children(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
