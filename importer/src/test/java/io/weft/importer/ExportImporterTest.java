package io.weft.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import io.weft.importer.download.Sha256;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyExports;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoders that others exported to ONNX. */
class ExportImporterTest {
  @TempDir Path temp;

  @Test
  void anExportIsCopiedWithAManifest() throws IOException {
    Path source = TinyExports.checkpoint("model.onnx", temp);

    ModelFolder folder = importFrom(source);

    ModelManifest manifest = folder.manifest();
    assertThat(manifest.family()).isEqualTo(Family.ENCODER);
    assertThat(manifest.architecture()).isEqualTo("bert");
    assertThat(manifest.tasks()).containsExactly("embed");
    assertThat(manifest.source())
        .isEqualTo(
            new ModelManifest.Source(
                "onnx", "tiny-bert", Sha256.of(List.of(source.resolve("model.onnx")))));
    assertThat(manifest.dtype()).isEqualTo("fp32");
    assertThat(manifest.hiddenSize()).isEqualTo(32);
    assertThat(manifest.contextLength()).isEqualTo(64);
    assertThat(manifest.encoder())
        .isEqualTo(
            new ModelManifest.EncoderSpec(
                ModelManifest.Layout.PADDED,
                new ModelManifest.PoolingSpec("mean", true),
                List.of(),
                null,
                null));
    assertThat(manifest.files())
        .extracting(ModelManifest.FileEntry::name)
        .containsExactly("model.onnx", "tokenizer.json");
    assertThat(folder.graph()).hasSameBinaryContentAs(source.resolve("model.onnx"));
  }

  @Test
  void theNumberFormatIsThatOfTheGraph() {
    Path source = TinyExports.checkpoint("int8.onnx", temp);
    assertThat(importFrom(source).manifest().dtype()).isEqualTo("int8");
    assertThatThrownBy(
            () ->
                Importer.importCheckpoint(
                    ImportOptions.of(source, temp.resolve("models"))
                        .withName("other")
                        .withDtype(Dtype.FP32)))
        .isInstanceOf(ImportException.class)
        .hasMessageEndingWith(
            "model.onnx has int8 weights, which are kept as they are; leave --dtype fp32 out");
    assertThat(temp.resolve("models/other")).doesNotExist();
  }

  @Test
  void aGraphMayLieInAFolderOfItsOwn() throws IOException {
    Path source = TinyExports.checkpoint("model.onnx", temp);
    Files.createDirectory(source.resolve("onnx"));
    Files.move(source.resolve("model.onnx"), source.resolve("onnx/model.onnx"));
    assertThat(importFrom(source).manifest().source().kind()).isEqualTo("onnx");
  }

  @Test
  void safetensorsAreBetter() throws IOException {
    Path source = TinyExports.checkpoint("model.onnx", temp);
    Path weights = TinyCheckpoints.bert(Files.createDirectory(temp.resolve("x")));
    Files.copy(weights.resolve("model.safetensors"), source.resolve("model.safetensors"));
    assertThat(importFrom(source).manifest().source().kind()).isEqualTo("huggingface");
  }

  @Test
  void weightsBesideTheGraphAreCopied() throws IOException {
    Path source = external("weights.data", "0", 4);
    Files.write(source.resolve("weights.data"), new byte[4]);

    ModelFolder folder = importFrom(source);

    assertThat(folder.path().resolve("weights.data")).hasSize(4);
    assertThat(folder.manifest().source().sha256())
        .isEqualTo(
            Sha256.of(List.of(source.resolve("model.onnx"), source.resolve("weights.data"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../weights.data",
        "/etc/passwd",
        "sub/weights.data",
        "..",
        "",
        "a\\b",
        "model.onnx",
        "model.json",
        "tokenizer.json",
        ".lock",
        "model.json.part"
      })
  void weightsElsewhereAreRefused(String location) throws IOException {
    Path source = external(location, "0", 4);
    refused(source, "tensor outside lies in the file '" + location + "', which is refused");
  }

  @Test
  void weightsBeyondTheirFileAreRefused() throws IOException {
    refused(external("w.data", "0", 4), "lies in the file w.data, which is missing");
    Files.write(temp.resolve("tiny-bert/w.data"), new byte[4]);
    refused(external("w.data", "1", 4), "lies at 1, 4 bytes, but w.data has 4");
    refused(external("w.data", "-1", 4), "has the offset '-1', which is no number of bytes");
    refused(
        external("w.data", "999999999999999999", 4), "lies at 999,999,999,999,999,999, 4 bytes");
  }

  @Test
  void otherInputsAreRefused() throws IOException {
    refused(
        changed(graph -> graph.getInputBuilder(0).setName("ids")),
        "has the inputs [attention_mask, ids, token_type_ids]; an encoder has input_ids");
    refused(
        changed(
            graph ->
                graph
                    .getInputBuilder(1)
                    .getTypeBuilder()
                    .getTensorTypeBuilder()
                    .setElemType(OnnxMl.TensorProto.DataType.FLOAT.getNumber())),
        "input attention_mask is FLOAT [batch, sequence], it must be INT64 [batch, sequence]");
    refused(
        changed(
            graph ->
                graph
                    .getInputBuilder(0)
                    .getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder()
                    .getDimBuilder(1)
                    .setDimValue(128)),
        "input input_ids is INT64 [batch, 128]");
    refused(changed(graph -> graph.removeInput(1)), "has the inputs [input_ids, token_type_ids]");
  }

  @Test
  void otherOutputsAreRefused() throws IOException {
    refused(
        changed(graph -> graph.getOutputBuilder(0).setName("sentence_embedding")),
        "has the outputs [sentence_embedding]; an encoder has last_hidden_state or logits");
    refused(
        changed(
            graph ->
                graph
                    .getOutputBuilder(0)
                    .getTypeBuilder()
                    .getTensorTypeBuilder()
                    .getShapeBuilder()
                    .getDimBuilder(2)
                    .setDimValue(48)),
        "output last_hidden_state has 48 values, config.json asks for 32");
    refused(
        changed(
            graph ->
                graph
                    .getOutputBuilder(0)
                    .getTypeBuilder()
                    .getTensorTypeBuilder()
                    .setElemType(OnnxMl.TensorProto.DataType.FLOAT16.getNumber())),
        "output last_hidden_state is FLOAT16 [batch, sequence, 32], it must be FLOAT with 3");
    refused(
        changed(graph -> graph.getOutputBuilder(0).setName("logits")),
        "gives logits, but config.json names no head (architectures)");
  }

  @Test
  void otherOperatorsAreRefusedWhereverTheyAre() throws IOException {
    OnnxMl.NodeProto foreign =
        OnnxMl.NodeProto.newBuilder().setOpType("Shell").setDomain("evil").build();
    refused(
        changed(graph -> graph.addNode(foreign)),
        "has an operator Shell of the domain 'evil'; supported: ai.onnx, com.microsoft");
    OnnxMl.AttributeProto branch =
        OnnxMl.AttributeProto.newBuilder()
            .setName("then_branch")
            .setG(OnnxMl.GraphProto.newBuilder().addNode(foreign))
            .build();
    refused(
        changed(graph -> graph.addNode(OnnxMl.NodeProto.newBuilder().addAttribute(branch))),
        "has an operator Shell of the domain 'evil'");
    refused(
        changed(graph -> graph.addSparseInitializer(OnnxMl.SparseTensorProto.getDefaultInstance())),
        "has sparse weights");
  }

  @Test
  void onlyEncodersWithTheirConfiguration() throws IOException {
    Path source = TinyExports.checkpoint("model.onnx", temp);
    Path llama = TinyCheckpoints.llama(temp);
    Files.copy(
        llama.resolve("config.json"),
        source.resolve("config.json"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    refused(source, "llama is no encoder; others are imported from safetensors or GGUF");
    Files.delete(source.resolve("config.json"));
    refused(source, "tiny-bert has no config.json");
  }

  /** The export, its graph changed. */
  private Path changed(Consumer<OnnxMl.GraphProto.Builder> change) throws IOException {
    Path source = temp.resolve("tiny-bert");
    if (Files.exists(source)) {
      FolderWriter.deleteTree(source);
    }
    TinyExports.checkpoint("model.onnx", temp);
    Path file = source.resolve("model.onnx");
    OnnxMl.ModelProto.Builder model =
        OnnxMl.ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.accept(model.getGraphBuilder());
    Files.write(file, model.build().toByteArray());
    return source;
  }

  /** The export with one more tensor, which lies elsewhere. */
  private Path external(String location, String offset, int length) throws IOException {
    byte[] kept =
        Files.exists(temp.resolve("tiny-bert/w.data"))
            ? Files.readAllBytes(temp.resolve("tiny-bert/w.data"))
            : null;
    Path source =
        changed(
            graph ->
                graph
                    .addInitializerBuilder()
                    .setName("outside")
                    .setDataType(OnnxMl.TensorProto.DataType.FLOAT.getNumber())
                    .setDataLocation(OnnxMl.TensorProto.DataLocation.EXTERNAL)
                    .addExternalData(entry("location", location))
                    .addExternalData(entry("offset", offset))
                    .addExternalData(entry("length", Integer.toString(length))));
    if (kept != null) {
      Files.write(source.resolve("w.data"), kept);
    }
    return source;
  }

  private static OnnxMl.StringStringEntryProto entry(String key, String value) {
    return OnnxMl.StringStringEntryProto.newBuilder()
        .setKey(key)
        .setValueBytes(ByteString.copyFromUtf8(value))
        .build();
  }

  private ModelFolder importFrom(Path source) {
    return Importer.importCheckpoint(ImportOptions.of(source, temp.resolve("models"))).folder();
  }

  private void refused(Path source, String message) {
    assertThatThrownBy(() -> importFrom(source))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
    assertThat(temp.resolve("models/tiny-bert")).doesNotExist();
  }
}
