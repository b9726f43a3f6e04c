package io.weft.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl;
import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.SafetensorsBuilder;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyEncoders;
import io.weft.importer.testing.TinyEncoders.Case;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every encoder architecture with every head, as one packed batch, against transformers. */
class EncoderGraphTest {
  /** Of the output's scale. */
  private static final double TOLERANCE = 1e-4;

  @TempDir Path temp;

  static Stream<Arguments> everyModel() {
    return TinyEncoders.ARCHITECTURES.stream()
        .flatMap(a -> TinyEncoders.MODELS.stream().map(model -> Arguments.of(a, model)));
  }

  @ParameterizedTest
  @MethodSource("everyModel")
  void aPackedBatchGivesWhatTransformersGives(String architecture, String model) throws Exception {
    check(TinyEncoders.importModel(architecture, model, temp, Dtype.FP32), architecture, model);
  }

  /** Untied models have both, as transformers 5 writes them, and use that of the decoder. */
  @ParameterizedTest
  @CsvSource({
    "bert, cls.predictions.bias, cls.predictions.decoder.bias",
    "roberta, lm_head.bias, lm_head.decoder.bias",
  })
  void ofTwoBiasesOfTheDecoderItsOwnIsAdded(String architecture, String bias, String own)
      throws Exception {
    Path folder = TinyEncoders.checkpoint(architecture, "fill", temp);
    SafetensorsBuilder.moveAndLeaveZeros(folder.resolve("model.safetensors"), bias, own);

    check(importFrom(folder), architecture, "fill");
  }

  /** As transformers takes it since version 5. */
  @ParameterizedTest
  @CsvSource({
    "bert, bert.embeddings.word_embeddings.weight, cls.predictions.decoder.weight",
    "distilbert, distilbert.embeddings.word_embeddings.weight, vocab_projector.weight",
  })
  void aDecoderThatDiffersFromTheTableIsUsedThoughTheConfigurationTiesIt(
      String architecture, String table, String decoder) throws Exception {
    Path folder = TinyEncoders.checkpoint(architecture, "fill", temp);
    SafetensorsBuilder.moveAndLeaveZeros(folder.resolve("model.safetensors"), table, decoder);

    EncoderRun run =
        EncoderRun.of(importFrom(folder).graph(), TinyEncoders.goldens(architecture, "fill"));

    // The table is zeros: as the decoder it would give the same scores everywhere.
    EncoderRun.Output logits = run.outputs().get("logits");
    assertThat(Arrays.equals(logits.rows(0, 1), logits.rows(1, 2))).isFalse();
  }

  private ModelFolder importFrom(Path folder) {
    return Importer.importCheckpoint(
            ImportOptions.of(folder, temp.resolve("models")).withDtype(Dtype.FP32))
        .folder();
  }

  private static void check(ModelFolder folder, String architecture, String model)
      throws Exception {
    List<Case> goldens = TinyEncoders.goldens(architecture, model);
    EncoderRun run = EncoderRun.of(folder.graph(), goldens);

    int token = 0;
    int scored = 0;
    for (int i = 0; i < goldens.size(); i++) {
      Case golden = goldens.get(i);
      int end = token + golden.ids().size();
      close(run.outputs().get("last_hidden_state").rows(token, end), golden.lastHiddenState());
      if (golden.poolerOutput() != null) {
        close(run.outputs().get("pooler_output").rows(i, i + 1), golden.poolerOutput());
      }
      if (golden.logits() != null) {
        int[] rows =
            switch (model) {
              case "classify", "rerank" -> new int[] {i, i + 1};
              case "fill" -> new int[] {scored, scored += golden.positions().size()};
              default -> new int[] {token, end};
            };
        close(run.outputs().get("logits").rows(rows[0], rows[1]), golden.logits());
      }
      token = end;
    }
    assertThat(run.outputs().containsKey("pooler_output"))
        .isEqualTo(goldens.getFirst().poolerOutput() != null);
    assertThat(run.outputs().containsKey("logits")).isEqualTo(!model.equals("plain"));
  }

  @ParameterizedTest
  @FieldSource("io.weft.importer.testing.TinyEncoders#ARCHITECTURES")
  void givesTheAttentionProbabilitiesOfTransformers(String architecture) throws Exception {
    List<Case> goldens = TinyEncoders.goldens(architecture, "plain");
    ModelFolder folder = TinyEncoders.importModel(architecture, "plain", temp, Dtype.FP32);

    EncoderRun run = EncoderRun.of(folder.attentionGraph(), goldens);

    int longest = goldens.stream().mapToInt(g -> g.ids().size()).max().orElseThrow();
    for (int layer = 0; layer < folder.manifest().layers(); layer++) {
      EncoderRun.Output all = run.outputs().get("attentions." + layer);
      assertThat(all.shape()).containsExactly(goldens.size(), 2, longest, longest);
      for (int i = 0; i < goldens.size(); i++) {
        float[] expected = TinyEncoders.floats(goldens.get(i).attentions().get(layer));
        probabilities(all.rows(i, i + 1), longest, expected, goldens.get(i).ids().size());
      }
    }
  }

  /** Compares [2, longest, longest] with [2, length, length]. */
  private static void probabilities(float[] actual, int longest, float[] expected, int length) {
    for (int head = 0; head < 2; head++) {
      for (int row = 0; row < length; row++) {
        double sum = 0;
        for (int column = 0; column < longest; column++) {
          float value = actual[(head * longest + row) * longest + column];
          float wanted = column < length ? expected[(head * length + row) * length + column] : 0;
          assertThat(Math.abs(value - wanted)).isLessThanOrEqualTo(column < length ? 1e-4f : 0);
          sum += value;
        }
        assertThat(Math.abs(sum - 1)).isLessThanOrEqualTo(1e-5);
      }
      for (int row = length; row < longest; row++) {
        for (int column = length; column < longest; column++) {
          assertThat(actual[(head * longest + row) * longest + column]).isZero();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyModel")
  void theAttentionGraphComputesTheSameStatesAndHasNoHead(String architecture, String model)
      throws Exception {
    List<Case> goldens = TinyEncoders.goldens(architecture, model);
    ModelFolder folder = TinyEncoders.importModel(architecture, model, temp, Dtype.FP32);

    EncoderRun run = EncoderRun.of(folder.attentionGraph(), goldens);

    int token = 0;
    for (Case golden : goldens) {
      int end = token + golden.ids().size();
      close(run.outputs().get("last_hidden_state").rows(token, end), golden.lastHiddenState());
      token = end;
    }
    assertThat(run.outputs()).hasSize(1 + folder.manifest().layers());
    assertThat(run.inputs()).doesNotContain("logits_index");
  }

  @ParameterizedTest
  @FieldSource("io.weft.importer.testing.TinyEncoders#ARCHITECTURES")
  void theServingGraphDoesNothingForAttentionProbabilities(String architecture) throws Exception {
    ModelFolder folder = TinyEncoders.importModel(architecture, "plain", temp, Dtype.FP32);

    int layers = folder.manifest().layers();
    assertThat(operators(folder.graph())).doesNotContain("Softmax");
    assertThat(operators(folder.graph())).filteredOn("MultiHeadAttention"::equals).hasSize(layers);
    assertThat(operators(folder.attentionGraph())).filteredOn("Softmax"::equals).hasSize(layers);
    // The weights are written once: a graph alone is small.
    assertThat(Files.size(folder.attentionGraph())).isLessThan(60_000);
  }

  @ParameterizedTest
  @CsvSource({
    "bert, plain, true, false",
    "bert, rerank, false, false",
    "bert, fill, true, true",
    "distilbert, plain, false, false",
    "electra, plain, true, false",
    "modernbert, fill, false, true",
    "mpnet, plain, false, false",
    "roberta, plain, false, false",
    "xlm-roberta, tag, false, false",
  })
  void declaresOnlyTheInputsThatTheModelHas(
      String architecture, String model, boolean typeIds, boolean logitsIndex) throws Exception {
    ModelFolder folder = TinyEncoders.importModel(architecture, model, temp, Dtype.FP32);

    EncoderRun run = EncoderRun.of(folder.graph(), TinyEncoders.goldens(architecture, model));

    assertThat(run.inputs())
        .contains("input_ids", "position_ids", "lengths", "scatter", "gather")
        .hasSize(5 + (typeIds ? 1 : 0) + (logitsIndex ? 1 : 0));
    assertThat(run.inputs().contains("token_type_ids")).isEqualTo(typeIds);
    assertThat(run.inputs().contains("logits_index")).isEqualTo(logitsIndex);
  }

  @ParameterizedTest
  @CsvSource({"FP32", "INT8", "W8A8", "INT4"})
  void maskedModelsNeedNotScoreAnything(Dtype dtype) throws Exception {
    ModelFolder folder = TinyEncoders.importModel("roberta", "fill", temp, dtype);

    EncoderRun run =
        EncoderRun.of(folder.graph(), TinyEncoders.goldens("roberta", "fill"), new long[0]);

    assertThat(run.outputs().get("logits").shape())
        .containsExactly(0, folder.manifest().vocabularySize());
  }

  @ParameterizedTest
  @CsvSource({"INT8, 0.99", "W8A8, 0.99", "INT4, 0.9"})
  void quantisedModelsPointTheSameWay(Dtype dtype, double least) throws Exception {
    for (String architecture : TinyEncoders.ARCHITECTURES) {
      List<Case> goldens = TinyEncoders.goldens(architecture, "plain");
      ModelFolder folder = TinyEncoders.importModel(architecture, "plain", temp, dtype);
      EncoderRun run = EncoderRun.of(folder.graph(), goldens);
      int token = 0;
      for (Case golden : goldens) {
        float[] expected = TinyEncoders.floats(golden.lastHiddenState());
        int end = token + golden.ids().size();
        float[] actual = run.outputs().get("last_hidden_state").rows(token, end);
        assertThat(cosine(actual, expected))
            .as("%s, %d tokens", architecture, golden.ids().size())
            .isGreaterThan(least)
            .isLessThan(1 - 1e-7);
        token = end;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("everyModel")
  void halfPrecisionStaysClose(String architecture, String model) throws Exception {
    List<Case> goldens = TinyEncoders.goldens(architecture, model);
    ModelFolder half = TinyEncoders.importModel(architecture, model, temp.resolve("a"), Dtype.FP16);
    ModelFolder exact = TinyEncoders.importModel(architecture, model, temp, Dtype.FP32);

    for (boolean attentions : new boolean[] {false, true}) {
      var outputs = EncoderRun.of(graph(half, attentions), goldens).outputs();
      var expected = EncoderRun.of(graph(exact, attentions), goldens).outputs();
      assertThat(outputs).containsOnlyKeys(expected.keySet());
      outputs.forEach(
          (name, output) ->
              assertThat(cosine(output.values(), expected.get(name).values()))
                  .as(name)
                  .isGreaterThan(0.999)
                  .isLessThan(1 - 1e-10));
    }
  }

  private static Path graph(ModelFolder folder, boolean attentions) {
    return attentions ? folder.attentionGraph() : folder.graph();
  }

  @Test
  void quantisedMaskedModelsScoreWithTheEmbeddingTable() throws Exception {
    List<Case> goldens = TinyEncoders.goldens("bert", "fill");
    ModelFolder folder = TinyEncoders.importModel("bert", "fill", temp, Dtype.INT4);

    EncoderRun run = EncoderRun.of(folder.graph(), goldens);

    assertThat(operators(folder.graph())).contains("GatherBlockQuantized", "MatMulNBits");
    int scored = 0;
    for (Case golden : goldens) {
      int end = scored + golden.positions().size();
      float[] actual = run.outputs().get("logits").rows(scored, end);
      assertThat(cosine(actual, TinyEncoders.floats(golden.logits()))).isGreaterThan(0.97);
      scored = end;
    }
  }

  @Test
  void products8BitsWideAddTheirBiases() throws Exception {
    Path graph = TinyEncoders.importModel("bert", "fill", temp, Dtype.INT8).graph();

    assertThat(nodes(graph))
        .filteredOn(node -> node.getOpType().equals("DynamicQuantizeMatMul"))
        .isNotEmpty()
        .allSatisfy(node -> assertThat(node.getInput(4)).endsWith(".bias"));
  }

  private static List<String> operators(Path graph) throws IOException {
    return nodes(graph).stream().map(OnnxMl.NodeProto::getOpType).toList();
  }

  private static List<OnnxMl.NodeProto> nodes(Path graph) throws IOException {
    try (InputStream in = Files.newInputStream(graph)) {
      return OnnxMl.ModelProto.parseFrom(in).getGraph().getNodeList();
    }
  }

  private static void close(float[] actual, String golden) {
    float[] expected = TinyEncoders.floats(golden);
    assertThat(actual).hasSameSizeAs(expected);
    double scale = 0;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      error = Math.max(error, Math.abs((double) actual[i] - expected[i]));
    }
    assertThat(error).isLessThanOrEqualTo(TOLERANCE * scale);
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return product / Math.sqrt(aa * bb);
  }
}
