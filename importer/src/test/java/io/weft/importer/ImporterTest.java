package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.download.Sha256;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImporterTest {
  @TempDir Path temp;
  private Path models;

  @BeforeEach
  void setUp() {
    models = temp.resolve("models");
  }

  @Test
  void theManifestTellsAllOfADecoder() throws IOException {
    Path gguf = TinyCheckpoints.llamaGguf(temp, "q4_1");

    ModelManifest manifest =
        Importer.importCheckpoint(ImportOptions.of(gguf, models)).folder().manifest();

    assertThat(manifest.name()).isEqualTo("tiny-llama-q4_1");
    assertThat(manifest.family()).isEqualTo(Family.DECODER);
    assertThat(manifest.architecture()).isEqualTo("llama");
    assertThat(manifest.tasks()).containsExactly("generate");
    assertThat(manifest.source())
        .isEqualTo(
            new ModelManifest.Source("gguf", "tiny-llama-q4_1.gguf", Sha256.of(List.of(gguf))));
    assertThat(manifest.dtype()).isEqualTo("int4");
    assertThat(manifest.vocabularySize()).isEqualTo(320);
    assertThat(manifest.contextLength()).isEqualTo(256);
    assertThat(manifest.hiddenSize()).isEqualTo(64);
    assertThat(manifest.layers()).isEqualTo(2);
    assertThat(manifest.heads()).isEqualTo(4);
    assertThat(manifest.kvHeads()).isEqualTo(2);
    assertThat(manifest.headSize()).isEqualTo(16);
    assertThat(manifest.tokens())
        .isEqualTo(new ModelManifest.SpecialTokens(null, List.of(2), 2, null));
    assertThat(manifest.pooling()).isNull();
    assertThat(manifest.files())
        .extracting(ModelManifest.FileEntry::name)
        .containsExactly("chat_template.jinja", "model.bin", "model.onnx", "tokenizer.json");
    for (ModelManifest.FileEntry file : manifest.files()) {
      Path path = models.resolve("tiny-llama-q4_1").resolve(file.name());
      assertThat(Files.size(path)).isEqualTo(file.size());
      assertThat(Sha256.of(List.of(path))).isEqualTo(file.sha256());
    }
  }

  @Test
  void theManifestTellsAllOfAnEncoder() {
    ModelManifest manifest = TinyCheckpoints.importBert(models, Dtype.FP32).manifest();

    assertThat(manifest.family()).isEqualTo(Family.ENCODER);
    assertThat(manifest.tasks()).containsExactly("embed");
    assertThat(manifest.source().kind()).isEqualTo("huggingface");
    assertThat(manifest.dtype()).isEqualTo("fp32");
    assertThat(manifest.contextLength()).isEqualTo(64);
    assertThat(manifest.pooling()).isEqualTo(new ModelManifest.PoolingSpec("mean", true));
    assertThat(manifest.tokens()).isEqualTo(new ModelManifest.SpecialTokens(null, List.of(), 0, 4));
  }

  @Test
  void everyTensorLiesAlignedWithinTheWeights() throws IOException {
    ModelFolder folder = TinyCheckpoints.importLlama(models, Dtype.INT4);
    long size = Files.size(folder.path().resolve("model.bin"));
    OnnxMl.ModelProto model = OnnxMl.ModelProto.parseFrom(Files.readAllBytes(folder.graph()));

    int external = 0;
    for (OnnxMl.TensorProto tensor : model.getGraph().getInitializerList()) {
      if (tensor.getDataLocation() == OnnxMl.TensorProto.DataLocation.EXTERNAL) {
        external++;
        long offset = Long.parseLong(tensor.getExternalData(1).getValue());
        long length = Long.parseLong(tensor.getExternalData(2).getValue());
        assertThat(offset % 4_096).isZero();
        assertThat(offset + length).isBetween(1L, size);
      }
    }
    assertThat(external).isGreaterThan(20);
  }

  @Test
  void theSameCheckpointGivesTheSameFiles() throws IOException {
    ModelFolder first = TinyCheckpoints.importLlama(models, Dtype.INT4);
    ModelFolder second = TinyCheckpoints.importLlama(temp.resolve("other"), Dtype.INT4);

    assertThat(second.manifest().files()).isEqualTo(first.manifest().files());
  }

  @Test
  void replacesAFolderOnlyWhenForced() throws IOException {
    ImportOptions options = ImportOptions.of(TinyCheckpoints.llama(temp), models);
    Importer.importCheckpoint(options.withDtype(Dtype.FP32));

    assertThatThrownBy(() -> Importer.importCheckpoint(options))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("tiny-llama exists; --force replaces it");

    ImportResult forced =
        Importer.importCheckpoint(
            new ImportOptions(
                options.source(), models, null, Quantization.of(Dtype.INT8), "somewhere", true));
    assertThat(forced.folder().manifest().dtype()).isEqualTo("int8");
    assertThat(forced.folder().manifest().source().location()).isEqualTo("somewhere");
    assertThat(children(models)).containsExactly("tiny-llama");
  }

  @Test
  void refusesNamesThatAreNone() {
    for (String name : List.of("", "../x", "a/b", ".x", "A", "x.part", "a".repeat(97))) {
      assertThatThrownBy(
              () -> Importer.importCheckpoint(ImportOptions.of(temp, models).withName(name)))
          .isInstanceOf(ImportException.class)
          .hasMessageContaining("cannot name a model");
    }
  }

  @Test
  void aFailureLeavesNothingBehind() throws IOException {
    Path folder = TinyCheckpoints.llama(temp);
    // Somewhere in the last tensor of the file, when most is already written.
    try (FileChannel file =
        FileChannel.open(folder.resolve("model.safetensors"), StandardOpenOption.WRITE)) {
      ByteBuffer nan = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, Float.NaN);
      file.write(nan, file.size() - 8);
    }
    assertThatThrownBy(() -> Importer.importCheckpoint(ImportOptions.of(folder, models)))
        .isInstanceOf(ImportException.class)
        .hasMessage("tensor model.norm.weight: value 62 of row 0 is NaN");
    assertThat(children(models)).isEmpty();
  }

  @Test
  void cleansUpAfterAKilledImport() throws IOException {
    Path stale = Files.createDirectories(models.resolve("tiny-llama.part"));
    Files.writeString(stale.resolve("model.bin"), "half");
    Files.writeString(stale.resolve(".lock"), "");

    TinyCheckpoints.importLlama(models, Dtype.FP32);

    assertThat(children(models)).containsExactly("tiny-llama");
  }

  @Test
  void twoImportsOfOneNameDoNotMix() throws IOException {
    try (FolderWriter running = FolderWriter.open(models, "tiny-llama", false)) {
      assertThatThrownBy(() -> TinyCheckpoints.importLlama(models, Dtype.FP32))
          .hasMessage("another import of tiny-llama is running");
      assertThat(running.path()).isDirectory();
    }
  }

  @Test
  void namesTheTensorThatDoesNotFit() throws IOException {
    Path folder = TinyCheckpoints.llama(temp);
    editConfig(folder, config -> config.put("vocab_size", 321));
    failsWith(
        folder,
        "tensor model.embed_tokens.weight has shape [320, 64], the configuration asks for [321, 64]");
    editConfig(folder, config -> config.put("vocab_size", 320).put("num_hidden_layers", 3));
    failsWith(folder, "the checkpoint has no tensor model.layers.2.input_layernorm.weight");
    editConfig(folder, config -> config.put("num_hidden_layers", 1));
    failsWith(folder, "which llama models do not have");
    editConfig(
        folder, config -> config.put("num_hidden_layers", 2).put("tie_word_embeddings", false));
    failsWith(folder, "the checkpoint has no tensor lm_head.weight");
  }

  private void failsWith(Path folder, String message) {
    assertThatThrownBy(() -> Importer.importCheckpoint(ImportOptions.of(folder, models)))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private static void editConfig(Path folder, java.util.function.Consumer<ObjectNode> change)
      throws IOException {
    Path file = folder.resolve("config.json");
    JsonMapper json = new JsonMapper();
    ObjectNode config = (ObjectNode) json.readTree(file.toFile());
    change.accept(config);
    json.writeValue(file.toFile(), config);
  }

  private static List<String> children(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
