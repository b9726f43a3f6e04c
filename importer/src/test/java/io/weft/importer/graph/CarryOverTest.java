package io.weft.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl;
import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest.WrittenFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GGUF files whose blocks are carried over compute what their values in 32-bit floats compute. */
class CarryOverTest {
  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource({
    "q4_0, INT4",
    "q4_1, INT4",
    "q4_k, INT4",
    "q5_0, INT8",
    "q5_1, INT8",
    "q5_k, INT8",
    "q8_0, INT8",
    "q6_k, INT8",
  })
  void carriedBlocksComputeWhatTheFileHolds(String type, Dtype dtype) throws Exception {
    ModelFolder carried = importGguf(type, dtype);
    assertThat(formats(carried))
        .filteredOn(format -> !format.source().equals("F32"))
        .isNotEmpty()
        .allMatch(WrittenFormat::exact);
    ModelFolder floats = importGguf(type, Dtype.FP32);
    List<Integer> ids = TinyCheckpoints.llamaGoldens().prompts().getFirst().ids();
    float[][] expected = Runs.logits(floats, ids);

    // The operator rounds what it multiplies with weights to 8 bits.
    double rounded = error(expected, Runs.logits(carried, ids));
    assertThat(rounded).isGreaterThan(0).isLessThan(0.1);

    computeInFloats(carried);
    assertThat(error(expected, Runs.logits(carried, ids))).isLessThan(1e-4);
  }

  /** Only what has 4 bits, and what this importer keeps in 8 bits anyway. */
  @ParameterizedTest
  @CsvSource({"q8_0", "q5_0"})
  void int4OfAFileWithMoreBitsQuantisesAgain(String type) throws Exception {
    List<WrittenFormat> formats = formats(importGguf(type, Dtype.INT4));

    assertThat(formats).anyMatch(f -> !f.exact() && f.format().equals("4-bit blocks of 32"));
    assertThat(formats).anyMatch(f -> f.exact() && f.format().startsWith("8-bit blocks"));
  }

  private static List<WrittenFormat> formats(ModelFolder folder) {
    return java.util.Objects.requireNonNull(folder.manifest().quantization()).formats();
  }

  private ModelFolder importGguf(String type, Dtype dtype) {
    Path parent = temp.resolve("from-" + type + dtype);
    return Importer.importCheckpoint(
            ImportOptions.of(TinyCheckpoints.llamaGguf(parent, type), temp.resolve("models"))
                .withName(type + "-" + dtype)
                .withDtype(dtype))
        .folder();
  }

  /** Has the operator multiply floats instead of bytes. */
  private static void computeInFloats(ModelFolder folder) throws IOException {
    Path path = folder.graph();
    OnnxMl.ModelProto.Builder model;
    try (InputStream in = Files.newInputStream(path)) {
      model = OnnxMl.ModelProto.parseFrom(in).toBuilder();
    }
    int changed = 0;
    for (OnnxMl.NodeProto.Builder node : model.getGraphBuilder().getNodeBuilderList()) {
      for (OnnxMl.AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
        if (attribute.getName().equals("accuracy_level")) {
          attribute.setI(0);
          changed++;
        }
      }
    }
    assertThat(changed).isPositive();
    Files.write(path, model.build().toByteArray());
  }

  /** Largest difference, relative to the largest expected value. */
  private static double error(float[][] expected, float[][] actual) {
    double scale = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected[i].length; j++) {
        scale = Math.max(scale, Math.abs(expected[i][j]));
        largest = Math.max(largest, Math.abs(expected[i][j] - actual[i][j]));
      }
    }
    return largest / scale;
  }
}
