package io.weft.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.testing.TinyEncoders;
import io.weft.trainer.data.Task;
import io.weft.trainer.model.Classifier;
import io.weft.trainer.model.Dropouts;
import io.weft.trainer.model.Method;
import io.weft.trainer.model.Parameter;
import io.weft.trainer.testing.Events;
import io.weft.trainer.text.Example;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three steps against transformers and torch, on every architecture and task: accumulated
 * gradients, clipping, warm-up, weight decay and label weights. The goldens are made by {@code
 * e2e/goldens/finetune_goldens.py}.
 */
class ReferenceTest {
  private static final double TOLERANCE = 1e-5;

  @TempDir Path folder;

  /** What the script wrote. */
  record Golden(
      String architecture,
      String model,
      String task,
      float[] weights,
      List<Row> examples,
      List<Double> losses,
      List<Double> gradients,
      Map<String, String> changes) {}

  record Row(int[] ids, int[] types, int[] labels, float[] values) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bert-classify",
        "distilbert-classify",
        "electra-classify",
        "roberta-classify",
        "xlm-roberta-tag",
        "electra-tag",
        "bert-multi-label",
        "bert-score",
        "distilbert-regression",
        "mpnet-classify"
      })
  void lossesGradientsAndWeightsAreThoseOfTorch(String name) throws IOException {
    Golden golden = read(name);
    Path base = TinyEncoders.checkpoint(golden.architecture, golden.model, folder);
    try (Checkpoint checkpoint = Checkpoint.open(base);
        NDManager manager = NDManager.newBaseManager()) {
      BertConfig config = (BertConfig) checkpoint.architecture();
      Classifier model =
          Classifier.load(
              manager,
              checkpoint,
              config,
              Task.parse(golden.task),
              config.head().labels(),
              new Method.Full(),
              1);
      Map<String, float[]> before = new HashMap<>();
      for (Parameter parameter : model.parameters().all()) {
        before.put(parameter.name(), parameter.values().toFloatArray());
      }
      Events events = new Events();
      train(manager, model, golden, events);

      assertThat(events.steps()).hasSize(3);
      for (int i = 0; i < 3; i++) {
        StepReport step = events.steps().get(i);
        assertThat(step.loss()).isCloseTo(golden.losses.get(i), within(TOLERANCE));
        assertThat(step.gradient())
            .isCloseTo(golden.gradients.get(i), within(TOLERANCE * golden.gradients.get(i) * 10));
      }
      assertThat(golden.changes.keySet()).isEqualTo(model.tensors(manager).keySet());
      for (Parameter parameter : model.parameters().all()) {
        checkChanges(parameter, before.get(parameter.name()), golden);
      }
    }
  }

  /**
   * All weights of a tensor, but one in a thousand: Adam divides each gradient by its own length,
   * also one that is mostly rounding.
   */
  private static void checkChanges(Parameter parameter, float[] before, Golden golden) {
    float[] after = parameter.values().toFloatArray();
    float[] wanted = halves(golden.changes.get(parameter.name()));
    assertThat(after).hasSameSizeAs(wanted);
    // Softmax takes the bias of keys out again: its gradient is nothing but rounding.
    if (Stream.of("key.bias", "k_lin.bias", "attn.k.bias").anyMatch(parameter.name()::endsWith)) {
      return;
    }
    int off = 0;
    for (int i = 0; i < after.length; i++) {
      double error = Math.abs(after[i] - before[i] - wanted[i]);
      off += error > TOLERANCE ? 1 : 0;
      assertThat(error).as("%s[%d]", parameter.name(), i).isLessThan(10 * TOLERANCE);
    }
    assertThat(off).as(parameter.name()).isLessThanOrEqualTo(after.length / 1_000);
  }

  /** The examples in their own order, whatever order a seed would draw. */
  private static void train(NDManager manager, Classifier model, Golden golden, Events events)
      throws IOException {
    List<Example> wanted = new ArrayList<>();
    for (Row row : golden.examples) {
      wanted.add(new Example(wanted.size() + 1, row.ids, row.types, row.labels, row.values));
    }
    long seed = 7;
    int[] order = Order.of(seed, 0, wanted.size());
    Example[] placed = new Example[wanted.size()];
    for (int i = 0; i < order.length; i++) {
      placed[order[i]] = wanted.get(i);
    }
    Recipe recipe = new Recipe(1, 4, 2, 1e-3, 0.01, 0.3, 1, seed);
    TrainingData data = new TrainingData(List.of(placed), List.of(), golden.weights, 0, 0);
    new Training(manager, model, recipe, data, Dropouts.NONE, events, null).run();
  }

  private static float[] halves(String base64) {
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.float16ToFloat(bytes.getShort());
    }
    return values;
  }

  private static Golden read(String name) {
    try (InputStream json = ReferenceTest.class.getResourceAsStream(name + ".json")) {
      return new JsonMapper().readValue(json, Golden.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
