package io.weft.importer.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl;
import ai.onnxruntime.OrtException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.graph.EncoderDecoderRun.Request;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Written graphs of the T5 family against transformers with the same weights. */
class T5GraphTest {
  private static final int END = 1;

  @TempDir Path temp;

  /**
   * An input of {@code e2e/goldens/tiny_t5.py}.
   *
   * @param positions of {@code states}, [positions][hidden], the encoder's last
   * @param decoderIds given to the decoder
   * @param decoderPositions of {@code logits}, [positions][vocabulary]
   * @param greedy tokens after the start token, {@code </s>} banned
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Input(
      List<Integer> ids,
      List<Integer> positions,
      List<float[]> states,
      List<Integer> decoderIds,
      List<Integer> decoderPositions,
      List<float[]> logits,
      List<Integer> greedy) {}

  record Goldens(List<Input> inputs) {}

  record BucketTables(List<BucketTable> tables) {}

  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record BucketTable(int buckets, int maxDistance, boolean bidirectional, int[] expected) {}

  @ParameterizedTest
  @ValueSource(strings = {"tiny-t5", "tiny-flan-t5", "tiny-mt5", "tiny-byt5"})
  void aPackedBatchOfInputsGivesTheStatesOfTransformers(String name) throws Exception {
    checkStates(TinyCheckpoints.importCheckpoint(name, temp, Dtype.FP32), goldens(name));
  }

  @ParameterizedTest
  @CsvSource({
    "tiny-t5, 44",
    "tiny-flan-t5, 44",
    "tiny-mt5, 44",
    "tiny-byt5, 44",
    "tiny-t5, 17",
    "tiny-flan-t5, 17",
    "tiny-mt5, 17",
    "tiny-byt5, 17",
    "tiny-t5, 1"
  })
  void theDecoderInChunksGivesTheLogitsOfTransformers(String name, int chunk) throws Exception {
    checkLogits(TinyCheckpoints.importCheckpoint(name, temp, Dtype.FP32), goldens(name), chunk);
  }

  /** There all are tied, whatever the checkpoint has, and T5 says apart whether it scales. */
  @ParameterizedTest
  @CsvSource({"tiny-t5, true", "tiny-flan-t5, false", "tiny-mt5,"})
  void configurationsOfTransformers5GiveTheSameLogits(String name, @Nullable Boolean scales)
      throws Exception {
    Path folder = TinyCheckpoints.checkpoint(name, temp);
    ObjectMapper json = new ObjectMapper();
    Path config = folder.resolve("config.json");
    ObjectNode fields = (ObjectNode) json.readTree(config.toFile());
    fields.put("tie_word_embeddings", true);
    if (scales != null) {
      fields.put("scale_decoder_outputs", scales);
    }
    json.writeValue(config.toFile(), fields);

    ModelFolder model =
        Importer.importCheckpoint(
                ImportOptions.of(folder, temp.resolve("models")).withDtype(Dtype.FP32))
            .folder();

    checkLogits(model, goldens(name), 17);
  }

  @ParameterizedTest
  @CsvSource({"tiny-t5-f16, tiny-t5-f16", "tiny-mt5-f32, tiny-mt5"})
  void ggufFilesGiveTheStatesAndLogitsOfTransformers(String file, String goldens) throws Exception {
    Path gguf = TinyCheckpoints.file(file + ".gguf", temp);
    ModelFolder folder =
        Importer.importCheckpoint(
                ImportOptions.of(gguf, temp.resolve("models")).withDtype(Dtype.FP32))
            .folder();

    checkStates(folder, goldens(goldens));
    checkLogits(folder, goldens(goldens), 17);
    assertThat(folder.manifest().family()).isEqualTo(Family.ENCODER_DECODER);
    assertThat(folder.manifest().contextLength()).isEqualTo(512);
    assertThat(folder.manifest().generation().decoderStart()).isZero();
    assertThat(folder.manifest().tokens().eos()).containsExactly(END);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-t5", "tiny-flan-t5", "tiny-mt5", "tiny-byt5"})
  void greedyTokensAreThoseOfTransformersAloneAndInARaggedBatch(String name) throws Exception {
    List<Input> inputs = goldens(name);
    ModelFolder folder = TinyCheckpoints.importCheckpoint(name, temp, Dtype.FP32);
    int start = folder.manifest().generation().decoderStart();
    try (EncoderDecoderRun run = new EncoderDecoderRun(folder)) {
      for (int together = 1; together <= inputs.size(); together += inputs.size() - 1) {
        List<Request> requests = run.encode(inputs.stream().map(Input::ids).toList());
        List<List<Integer>> tokens = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
          tokens.add(new ArrayList<>(List.of(start)));
        }
        if (together > 1) {
          // Each joins later than the one before it, so that all pasts differ in length.
          for (int i = 0; i < inputs.size(); i++) {
            for (int ahead = 0; ahead < 5 * (inputs.size() - 1 - i); ahead++) {
              decode(run, requests.subList(i, i + 1), tokens.subList(i, i + 1));
            }
          }
        }
        int wanted = inputs.getFirst().greedy().size();
        for (int first = 0; first < inputs.size(); first += together) {
          List<List<Integer>> rows = tokens.subList(first, first + together);
          while (rows.stream().anyMatch(row -> row.size() <= wanted)) {
            decode(run, requests.subList(first, first + together), rows);
          }
        }
        for (int i = 0; i < inputs.size(); i++) {
          assertThat(tokens.get(i).subList(1, wanted + 1)).isEqualTo(inputs.get(i).greedy());
        }
      }
    }
  }

  /**
   * These models turn small changes into large ones: transformers with its weights and activations
   * rounded to the same 8 bits is 0.34 off for tiny-t5, 0.51 for tiny-flan-t5, 0.33 for tiny-mt5
   * and 0.25 for tiny-byt5, about as far as these graphs. Unrelated logits would be 1.4 off.
   */
  @ParameterizedTest
  @CsvSource({
    "tiny-t5, INT8, 0.45",
    "tiny-flan-t5, INT8, 0.65",
    "tiny-mt5, INT8, 0.45",
    "tiny-byt5, INT8, 0.35",
    "tiny-t5, W8A8, 0.45",
    "tiny-flan-t5, W8A8, 0.65",
    "tiny-mt5, W8A8, 0.45",
    "tiny-byt5, W8A8, 0.35",
    "tiny-t5, INT4, 0.6",
    "tiny-flan-t5, INT4, 0.75",
    "tiny-mt5, INT4, 0.75",
    "tiny-byt5, INT4, 0.6"
  })
  void quantisedGraphsStayClose(String name, Dtype dtype, double limit) throws Exception {
    double error = 0;
    double size = 0;
    try (EncoderDecoderRun run = open(name, dtype)) {
      for (Input input : goldens(name)) {
        float[][] logits = logits(run, input, input.decoderIds().size());
        for (int j = 0; j < input.decoderPositions().size(); j++) {
          float[] expected = input.logits().get(j);
          float[] found = logits[input.decoderPositions().get(j)];
          for (int k = 0; k < expected.length; k++) {
            error += Math.pow(found[k] - expected[k], 2);
            size += Math.pow(expected[k], 2);
          }
        }
      }
    }
    assertThat(Math.sqrt(error / size)).isLessThan(limit).isGreaterThan(1e-6);
  }

  @Test
  void bothGraphsUseOneTokenTable() throws Exception {
    for (Dtype dtype : List.of(Dtype.FP32, Dtype.INT8)) {
      Path models = Files.createDirectory(temp.resolve(dtype.toString()));
      ModelFolder folder = TinyCheckpoints.importCheckpoint("tiny-t5", models, dtype);
      String stored = dtype == Dtype.FP32 ? "shared.weight" : "shared.weight.int8x32.blocks.rows";
      assertThat(offset(folder.encoderGraph(), stored))
          .isEqualTo(offset(folder.decoderGraph(), stored));
      String head = dtype == Dtype.FP32 ? "shared.weight" : "shared.weight.int8x32.blocks";
      assertThat(offset(folder.decoderGraph(), head))
          .isEqualTo(offset(folder.decoderGraph(), stored));
    }
  }

  @Test
  void theManifestSaysWhatAServiceNeeds() {
    ModelFolder folder = TinyCheckpoints.importCheckpoint("tiny-flan-t5", temp, Dtype.FP32);

    assertThat(folder.manifest().family()).isEqualTo(Family.ENCODER_DECODER);
    assertThat(folder.manifest().architecture()).isEqualTo("t5");
    assertThat(folder.manifest().tasks()).containsExactly("generate");
    assertThat(folder.manifest().contextLength()).isEqualTo(512);
    assertThat(folder.manifest().layers()).isEqualTo(2);
    assertThat(folder.manifest().headSize()).isEqualTo(8);
    assertThat(folder.manifest().generation().decoderStart()).isZero();
    assertThat(folder.manifest().tokens().eos()).containsExactly(1);
    assertThat(folder.manifest().encoder()).isNull();
    assertThat(folder.manifest().files())
        .extracting("name")
        .containsExactly("decoder.onnx", "encoder.onnx", "model.bin", "tokenizer.json");
  }

  @Test
  void bucketsAreThoseOfTransformers() {
    for (BucketTable table : TinyCheckpoints.read("t5-buckets.json", BucketTables.class).tables()) {
      RelativePositions positions =
          new RelativePositions(table.bidirectional(), table.buckets(), table.maxDistance());
      int[] found = new int[table.expected().length];
      for (int i = 0; i < found.length; i++) {
        found[i] = positions.bucket(i - found.length / 2);
      }
      assertThat(found).as(positions.toString()).isEqualTo(table.expected());
    }
  }

  private EncoderDecoderRun open(String name, Dtype dtype) throws OrtException {
    return new EncoderDecoderRun(TinyCheckpoints.importCheckpoint(name, temp, dtype));
  }

  /** The encoder's states, all inputs packed into one batch. */
  private static void checkStates(ModelFolder folder, List<Input> inputs) throws OrtException {
    try (EncoderDecoderRun run = new EncoderDecoderRun(folder)) {
      List<Request> requests = run.encode(inputs.stream().map(Input::ids).toList());
      for (int i = 0; i < inputs.size(); i++) {
        Input input = inputs.get(i);
        assertThat(requests.get(i).states()).hasNumberOfRows(input.ids().size());
        for (int j = 0; j < input.positions().size(); j++) {
          float[] found = requests.get(i).states()[input.positions().get(j)];
          assertThat(found).containsExactly(input.states().get(j), close(input.states()));
        }
      }
    }
  }

  private static void checkLogits(ModelFolder folder, List<Input> inputs, int chunk)
      throws OrtException {
    try (EncoderDecoderRun run = new EncoderDecoderRun(folder)) {
      for (Input input : inputs) {
        float[][] logits = logits(run, input, chunk);
        for (int j = 0; j < input.decoderPositions().size(); j++) {
          assertThat(logits[input.decoderPositions().get(j)])
              .containsExactly(input.logits().get(j), close(input.logits()));
        }
      }
    }
  }

  private static List<Input> goldens(String name) {
    return TinyCheckpoints.read(name + "-goldens.json", Goldens.class).inputs();
  }

  /** A 10,000th of the largest value. */
  private static Offset<Float> close(List<float[]> expected) {
    float largest = 0;
    for (float[] row : expected) {
      for (float value : row) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    return Offset.offset(1e-4f * largest);
  }

  /** The decoder's logits at every position, its tokens given in chunks. */
  private static float[][] logits(EncoderDecoderRun run, Input input, int chunk)
      throws OrtException {
    Request request = run.encode(List.of(input.ids())).getFirst();
    List<float[]> logits = new ArrayList<>();
    for (int from = 0; from < input.decoderIds().size(); from += chunk) {
      int to = Math.min(input.decoderIds().size(), from + chunk);
      logits.addAll(List.of(run.step(request, input.decoderIds().subList(from, to))));
    }
    return logits.toArray(float[][]::new);
  }

  /** One step of all rows, each of its last token; adds what comes next. */
  private static void decode(EncoderDecoderRun run, List<Request> rows, List<List<Integer>> tokens)
      throws OrtException {
    float[][] logits = run.step(rows, tokens.stream().map(List::getLast).toList());
    for (int row = 0; row < rows.size(); row++) {
      int best = 0;
      for (int token = 1; token < logits[row].length; token++) {
        best = token != END && logits[row][token] > logits[row][best] ? token : best;
      }
      tokens.get(row).add(best);
    }
  }

  private static long offset(Path graph, String tensor) throws IOException {
    try (InputStream in = Files.newInputStream(graph)) {
      for (OnnxMl.TensorProto found :
          OnnxMl.ModelProto.parseFrom(in).getGraph().getInitializerList()) {
        if (found.getName().equals(tensor)) {
          return found.getExternalDataList().stream()
              .filter(entry -> entry.getKey().equals("offset"))
              .mapToLong(entry -> Long.parseLong(entry.getValue()))
              .findFirst()
              .orElseThrow();
        }
      }
    }
    throw new IOException(graph + " has no " + tensor);
  }
}
