package io.weft.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.testing.TinyEncoders;
import io.weft.trainer.data.Task;
import io.weft.trainer.model.Classifier;
import io.weft.trainer.model.Dropouts;
import io.weft.trainer.model.Method;
import io.weft.trainer.model.Parameter;
import io.weft.trainer.model.TokenBatch;
import io.weft.trainer.testing.Events;
import io.weft.trainer.text.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingTest {
  private static final List<String> LABELS = List.of("low", "high");
  private static final float[] EVEN = {1, 1};

  @TempDir Path folder;

  @Test
  void accumulatedBatchesLearnAsOneLargeOne() throws IOException {
    Recipe large = new Recipe(1, 8, 1, 1e-4, 0.01, 0.1, 1, 3);
    Recipe small = new Recipe(1, 2, 4, 1e-4, 0.01, 0.1, 1, 3);
    Run one = run(large, data(examples(24)), Dropouts.NONE, new Method.Full(), null);
    Run four = run(small, data(examples(24)), Dropouts.NONE, new Method.Full(), null);

    for (int i = 0; i < 3; i++) {
      StepReport step = one.events.steps().get(i);
      assertThat(four.events.steps().get(i).loss()).isCloseTo(step.loss(), within(1e-5));
      assertThat(four.events.steps().get(i).gradient()).isCloseTo(step.gradient(), within(1e-4));
    }
    one.weights.forEach(
        (name, values) -> {
          // The gradient of a key's bias is rounding, which Adam scales up.
          if (!name.endsWith("key.bias")) {
            assertThat(four.weights.get(name)).as(name).containsExactly(values, within(2e-5f));
          }
        });
  }

  @Test
  void learnsWithEveryMethodAndChangesNothingElse() throws IOException {
    for (Method method : List.of(new Method.Full(), new Method.HeadOnly(), new Method.Lora(4, 8))) {
      Recipe recipe = new Recipe(12, 8, 1, 5e-3, 0.01, 0.1, 1, 3);
      TrainingData data = new TrainingData(examples(64), examples(64), EVEN, 0, 0);
      Run run = run(recipe, data, Dropouts.of(0.1f), method, null);

      double first = run.events.validations().getFirst().value("loss");
      Evaluation last = run.events.validations().getLast();
      assertThat(last.value("loss")).as(method.toString()).isLessThan(first);
      assertThat(last.value("accuracy"))
          .as(method.toString())
          .isGreaterThan(method instanceof Method.HeadOnly ? 0.6 : 0.8);
      boolean encoderChanged = run.changed("bert.encoder.layer.0.attention.self.query.weight");
      assertThat(encoderChanged).isEqualTo(!(method instanceof Method.HeadOnly));
      assertThat(run.changed("bert.embeddings.word_embeddings.weight"))
          .isEqualTo(method instanceof Method.Full);
      assertThat(run.changed("classifier.weight")).isTrue();
    }
  }

  @Test
  void leavesNoTensorsBehindItsSteps() throws IOException {
    for (Method method : List.of(new Method.Full(), new Method.Lora(4, 8))) {
      TrainingData data = new TrainingData(examples(32), examples(16), EVEN, 0, 0);
      Run few = run(recipe(1, 8, 1), data, Dropouts.of(0.1f), method, null);
      Run many = run(recipe(4, 8, 2), data, Dropouts.of(0.1f), method, null);

      assertThat(many.arrays).isEqualTo(few.arrays);
    }
  }

  @Test
  void aMergedLoraComputesAsTheThinMatricesDid() throws IOException {
    Run run = run(recipe(2, 8, 1), data(examples(32)), Dropouts.NONE, new Method.Lora(4, 8), null);

    assertThat(run.mergedError).isLessThan(1e-5f);
    assertThat(run.weights.keySet()).noneMatch(name -> name.contains("lora"));
  }

  /** Killed between any two steps: the state is all that is left. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 9})
  void goesOnFromItsStateToTheSameWeights(int killedAfter) throws IOException {
    Recipe recipe = recipe(3, 8, 1);
    TrainingData data = new TrainingData(examples(32), examples(16), EVEN, 0, 2);
    Dropouts dropouts = Dropouts.of(0.2f);
    Run whole = run(recipe, data, dropouts, new Method.Full(), null);
    Path file = folder.resolve("state" + killedAfter);
    StateFile state = new StateFile(file, "abc", 1);

    assertThatExceptionOfType(Killed.class)
        .isThrownBy(() -> run(recipe, data, dropouts, new Method.Full(), state, killedAfter));
    Run rest = run(recipe, data, dropouts, new Method.Full(), state);

    assertThat(rest.events.from()).isEqualTo(killedAfter - 1);
    assertThat(rest.weights.keySet()).isEqualTo(whole.weights.keySet());
    whole.weights.forEach((name, values) -> assertThat(rest.weights.get(name)).isEqualTo(values));
    assertThat(rest.doubts).isEqualTo(whole.doubts);
  }

  @Test
  void refusesTheStateOfAnotherRunAndBrokenOnes() throws IOException {
    Path file = folder.resolve("state");
    TrainingData data = data(examples(16));
    run(recipe(1, 8, 1), data, Dropouts.NONE, new Method.Full(), new StateFile(file, "abc", 1));

    StateFile other = new StateFile(file, "abd", 1);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> run(recipe(1, 8, 1), data, Dropouts.NONE, new Method.Full(), other))
        .withMessageContaining("other data or other options");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 100));
    StateFile cut = new StateFile(file, "abc", 1);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> run(recipe(1, 8, 1), data, Dropouts.NONE, new Method.Full(), cut))
        .withMessageContaining("is broken");
  }

  @Test
  void stopsEarlyWithTheWeightsOfTheBestEpoch() throws IOException {
    // Nothing can be learnt from labels drawn by chance; the rate makes each epoch another model.
    List<Example> chance = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(1);
    for (Example example : examples(32)) {
      chance.add(
          new Example(
              example.line(),
              example.ids(),
              example.types(),
              new int[] {random.nextInt(2)},
              new float[0]));
    }
    TrainingData data = new TrainingData(chance, examples(64), EVEN, 0, 2);
    Recipe recipe = new Recipe(40, 8, 1, 1e-2, 0.01, 0, 1, 3);
    Run run = run(recipe, data, Dropouts.NONE, new Method.Full(), null);

    List<Evaluation> seen = run.events.validations();
    double best = seen.stream().mapToDouble(Evaluation::quality).max().orElseThrow();
    assertThat(run.events.stoppedAfter()).isBetween(3, 39);
    assertThat(seen).hasSize(run.events.stoppedAfter());
    assertThat(run.evaluation.quality()).isEqualTo(best);
  }

  @Test
  void doubtsWrongLabelsMost() throws IOException {
    List<Example> rows = new ArrayList<>(examples(96));
    for (int wrong : List.of(11, 47, 80)) {
      Example row = rows.get(wrong);
      rows.set(
          wrong,
          new Example(
              row.line(), row.ids(), row.types(), new int[] {1 - row.labels()[0]}, new float[0]));
    }
    Recipe recipe = new Recipe(15, 8, 1, 1e-3, 0.01, 0.1, 1, 3);
    Run run =
        run(
            recipe,
            new TrainingData(rows, List.of(), EVEN, 0, 0),
            Dropouts.NONE,
            new Method.Full(),
            null);

    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      order.add(i);
    }
    order.sort((a, b) -> Float.compare(run.doubts.get(b), run.doubts.get(a)));
    assertThat(order.subList(0, 8)).contains(11, 47, 80);
  }

  /** Texts of tokens 5 to 60 whose first tokens tell the label. */
  private static List<Example> examples(int count) {
    SplittableRandom random = new SplittableRandom(count);
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int label = i % 2;
      int[] ids = random.ints(4 + random.nextInt(6), 100, 140).toArray();
      ids[0] = 2;
      for (int j = 1; j < ids.length - 1; j++) {
        ids[j] = (label == 0 ? 10 : 40) + random.nextInt(10);
      }
      examples.add(new Example(i + 1, ids, new int[ids.length], new int[] {label}, new float[0]));
    }
    return examples;
  }

  private static Recipe recipe(int epochs, int batch, int accumulate) {
    return new Recipe(epochs, batch, accumulate, 1e-3, 0.01, 0.1, 1, 3);
  }

  private static TrainingData data(List<Example> train) {
    return new TrainingData(train, List.of(), EVEN, 0, 0);
  }

  /** What a run came to. */
  private record Run(
      Events events,
      Map<String, float[]> before,
      Map<String, float[]> weights,
      List<Float> doubts,
      Evaluation evaluation,
      float mergedError,
      int arrays) {
    boolean changed(String name) {
      return !java.util.Arrays.equals(before.get(name), weights.get(name));
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private Run run(
      Recipe recipe, TrainingData data, Dropouts dropouts, Method method, StateFile state)
      throws IOException {
    return run(recipe, data, dropouts, method, state, Integer.MAX_VALUE);
  }

  private Run run(
      Recipe recipe,
      TrainingData data,
      Dropouts dropouts,
      Method method,
      StateFile state,
      int killedAfter)
      throws IOException {
    Path base = TinyEncoders.checkpoint("bert", "plain", Files.createTempDirectory(folder, "base"));
    Events events =
        new Events() {
          @Override
          public void step(StepReport report) {
            super.step(report);
            if (report.step() == killedAfter) {
              throw new Killed();
            }
          }
        };
    try (Checkpoint checkpoint = Checkpoint.open(base);
        NDManager manager = NDManager.newBaseManager()) {
      BertConfig config = (BertConfig) checkpoint.architecture();
      Classifier model =
          Classifier.load(manager, checkpoint, config, Task.CLASSIFY, LABELS, method, 1);
      Map<String, float[]> before = floats(model.tensors(manager));
      Training training = new Training(manager, model, recipe, data, dropouts, events, state);
      training.run();
      int arrays = manager.getManagedArrays().size();
      List<Float> doubts = new ArrayList<>();
      for (int i = 0; i < training.doubts().rows(); i++) {
        doubts.add(training.doubts().mean(i));
      }
      return new Run(
          events,
          before,
          floats(model.tensors(manager)),
          doubts,
          training.evaluate(data.validation().isEmpty() ? data.train() : data.validation()),
          mergedError(manager, model, data.train()),
          arrays);
    }
  }

  /** How far apart the logits are before and after thin matrices are merged. */
  private static float mergedError(NDManager manager, Classifier model, List<Example> examples) {
    try (NDManager scope = manager.newSubManager()) {
      TokenBatch batch = TokenBatch.of(scope, examples, 0);
      NDArray apart = model.logits(model.parameters().evaluation(), batch).duplicate();
      Map<String, NDArray> merged = model.tensors(scope);
      for (Parameter parameter : model.parameters().all()) {
        if (merged.containsKey(parameter.name())) {
          merged.get(parameter.name()).copyTo(parameter.values());
        } else {
          parameter.values().muli(0);
        }
      }
      NDArray together = model.logits(model.parameters().evaluation(), batch);
      return apart.sub(together).abs().max().getFloat();
    }
  }

  private static Map<String, float[]> floats(Map<String, NDArray> tensors) {
    Map<String, float[]> floats = new LinkedHashMap<>();
    tensors.forEach((name, values) -> floats.put(name, values.toFloatArray()));
    return floats;
  }
}
