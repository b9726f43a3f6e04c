package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.generator.text.Vocabularies;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine on a tiny model, with exact tokens (importer: TinyCheckpoints). */
class OnnxModelRunnerTest {
  private static final int VOCABULARY = 320;
  private static final int CONTEXT = 256;

  @TempDir static Path models;

  private static ModelFolder tiny;

  @BeforeAll
  static void importModel() {
    tiny = TinyCheckpoints.importLlama(models, Dtype.FP32);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 64})
  void logitsEqualTransformersHoweverThePromptIsCut(int chunk) {
    try (OnnxModelRunner runner = open(2, chunk)) {
      for (TinyCheckpoints.Prompt golden : TinyCheckpoints.llamaGoldens().prompts()) {
        Prompt prompt = prompt(golden.ids());
        float[] last = prefill(runner, 1, prompt, chunk);
        assertClose(last, golden.lastLogits(), 1e-3f);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8})
  void greedyTokensEqualTransformersAloneAndTogether(int slots) {
    List<TinyCheckpoints.Prompt> goldens = TinyCheckpoints.llamaGoldens().prompts();
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      goldens.forEach(golden -> requests.add(greedy(golden)));
    }

    List<RecordingSink> sinks = run(slots, 5, requests);

    for (int i = 0; i < sinks.size(); i++) {
      assertThat(sinks.get(i).ids(0)).isEqualTo(goldens.get(i % goldens.size()).greedy());
    }
  }

  /** Lengths differ, so rows end in turn and others move into their slots. */
  @Test
  void aSequenceAmongOthersGivesTheSameTokensAsAlone() {
    Random random = new Random(5);
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      int[] prompt = random.ints(1 + random.nextInt(60), 0, VOCABULARY).toArray();
      SamplingOptions sampling = new SamplingOptions(0.8f, 40, 0.95f, 0, i, Map.of());
      requests.add(
          Requests.request(
              1 + random.nextInt(3), sampling, StopOptions.after(1 + random.nextInt(60)), prompt));
    }

    List<RecordingSink> together = run(6, 16, requests);

    for (int i = 0; i < requests.size(); i++) {
      List<RecordingSink> alone = run(1, 256, List.of(requests.get(i)));
      assertThat(together.get(i).ids()).isEqualTo(alone.getFirst().ids());
    }
  }

  @Test
  void aSequenceFillsItsContextToTheLastToken() {
    GenerationRequest request =
        Requests.request(
            1,
            SamplingOptions.likeliest(),
            StopOptions.after(CONTEXT - 200),
            new Random(1).ints(200, 0, VOCABULARY).toArray());

    assertThat(run(2, 64, List.of(request)).getFirst().ids(0)).hasSize(56);
  }

  @Test
  void aSlotThatMovesTakesItsTokensAlong() {
    try (OnnxModelRunner runner = open(3, 64)) {
      Prompt prompt = prompt(TinyCheckpoints.llamaGoldens().prompts().get(1).ids());
      float[] expected = next(runner, 0, prompt);
      prefill(runner, 2, prompt, 64);
      prefill(runner, 0, Prompt.of(5, 6, 7), 64);

      runner.copySlot(2, 0, prompt.length());
      runner.freeSlot(2);

      assertThat(decode(runner, prompt.length())).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 64})
  void aPromptBesideRowsGivesTheLogitsThatItGivesAlone(int chunk) {
    List<TinyCheckpoints.Prompt> goldens = TinyCheckpoints.llamaGoldens().prompts();
    Prompt row = prompt(goldens.get(0).ids());
    Prompt prompt = prompt(goldens.get(1).ids());
    try (OnnxModelRunner runner = open(3, 64)) {
      float[] expectedRow = next(runner, 0, row);
      float[] expected = prefill(runner, 2, prompt, 64);
      for (int from = 0; from < prompt.length(); from += chunk) {
        int to = Math.min(prompt.length(), from + chunk);
        runner.decode(
            1, new int[] {9}, new int[] {row.length()}, new PromptPart(2, prompt, from, to));
        assertClose(logits(runner), floats(expectedRow), 1e-4f);
      }
      float[] last = new float[VOCABULARY];
      runner.readLogits(1, last);
      assertClose(last, floats(expected), 1e-4f);
    }
  }

  /** Block by block, in another slot, at the same places. */
  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"FP32", "FP16"})
  void blocksGiveBackWhatWasSavedBitForBit(Dtype dtype, @TempDir Path folder) {
    ModelFolder model = TinyCheckpoints.importLlama(folder, dtype);
    int length = 3 * ModelRunner.BLOCK_TOKENS;
    Prompt prompt = Prompt.of(new Random(3).ints(length + 1, 0, VOCABULARY).toArray());
    try (OnnxModelRunner runner = OnnxModelRunner.open(model, options(3, CONTEXT, 64))) {
      assertThat(runner.blocks()).isEqualTo((1 << 20) / (int) runner.blockBytes());
      runner.prefill(new PromptPart(2, prompt, 0, length));
      for (int i = 0; i < 3; i++) {
        runner.saveBlock(2, i * ModelRunner.BLOCK_TOKENS, 7 - i);
      }
      runner.prefill(new PromptPart(2, prompt, length, length + 1));
      float[] expected = logits(runner);
      runner.prefill(new PromptPart(2, Prompt.of(1, 2, 3), 0, 3));

      for (int i = 0; i < 3; i++) {
        runner.restoreBlock(7 - i, 1, i * ModelRunner.BLOCK_TOKENS);
      }
      runner.prefill(new PromptPart(1, prompt, length, length + 1));

      assertThat(logits(runner)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(Dtype.class)
  void theSelfCheckPassesInEveryNumberFormat(Dtype dtype, @TempDir Path folder) {
    ModelFolder model = TinyCheckpoints.importLlama(folder, dtype);

    try (OnnxModelRunner runner = OnnxModelRunner.open(model, options(4, 1_000, 32))) {
      WarmUp.run(runner, 32, dtype.toString());
    }
  }

  /** The cache holds halves; whole prompts, chunks and decode steps read what others wrote. */
  @Test
  void halvesGiveTheTokensOfTransformers(@TempDir Path folder) {
    ModelFolder model = TinyCheckpoints.importLlama(folder, Dtype.FP16);

    try (OnnxModelRunner runner = OnnxModelRunner.open(model, options(2, CONTEXT, 64))) {
      assertThat(runner.cacheBytes()).isEqualTo(2L * 2 * 2 * 2 * 256 * 16 * 2);
      for (TinyCheckpoints.Prompt golden : TinyCheckpoints.llamaGoldens().prompts()) {
        float scale = 0;
        for (float logit : golden.lastLogits()) {
          scale = Math.max(scale, Math.abs(logit));
        }
        assertClose(
            prefill(runner, 1, prompt(golden.ids()), 5), golden.lastLogits(), 1e-2f * scale);
        float[] before = next(runner, 0, prompt(golden.ids()));
        List<Integer> longer = new ArrayList<>(golden.ids());
        longer.add(9);
        float[] whole = prefill(runner, 1, prompt(longer), 5);
        for (int i = 0; i < whole.length; i++) {
          assertThat(before[i])
              .isCloseTo(whole[i], org.assertj.core.api.Assertions.within(1e-2f * scale));
        }
      }
    }
  }

  /** Rounded as stored, so that it does not matter which step wrote what. */
  @Test
  void anInt8CacheTakesAQuarterAndGivesTheSameTokensInEveryBatch(@TempDir Path folder) {
    ModelFolder model =
        TinyCheckpoints.importLlama(folder, Quantization.of(Dtype.FP32).withKvCache(Dtype.INT8));
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      TinyCheckpoints.llamaGoldens().prompts().forEach(golden -> requests.add(greedy(golden)));
    }
    try (OnnxModelRunner runner = OnnxModelRunner.open(model, options(4, CONTEXT, 32))) {
      assertThat(runner.cacheBytes()).isEqualTo(2L * 2 * 4 * 2 * 256 * 16);
      assertThat(runner.hasIntegerCache()).isTrue();
      WarmUp.run(runner, 32, "fp32 with int8 cache");
    }

    List<RecordingSink> alone =
        run(OnnxModelRunner.open(model, options(1, CONTEXT, 64)), 64, requests);
    List<RecordingSink> together =
        run(OnnxModelRunner.open(model, options(4, CONTEXT, 5)), 5, requests);

    for (int i = 0; i < requests.size(); i++) {
      assertThat(together.get(i).ids(0)).isEqualTo(alone.get(i).ids(0));
    }
  }

  @Test
  void theContextIsTheModelsOwnWhenThatIsLess() {
    try (OnnxModelRunner runner = OnnxModelRunner.open(tiny, options(2, 1_000, 8))) {
      assertThat(runner.capacity()).isEqualTo(CONTEXT);
      assertThat(runner.vocabularySize()).isEqualTo(VOCABULARY);
      // 2 layers x 2 tensors x 2 slots x 2 heads x 256 tokens x 16 floats.
      assertThat(runner.cacheBytes()).isEqualTo(2L * 2 * 2 * 2 * 256 * 16 * 4);
    }
  }

  @Test
  void saysAtStartThatMemoryDoesNotSuffice() {
    OnnxModelRunner.Options options = new OnnxModelRunner.Options(1, 16, 256, 8, 100_000, 0);

    assertThatThrownBy(() -> OnnxModelRunner.open(tiny, options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16 slots of 256 tokens need up to 2,097,152 bytes")
        .hasMessageContaining("> 100,000");
  }

  @Test
  void refusesAGraphThatIsNoDecoder(@TempDir Path folder) {
    ModelFolder bert = TinyCheckpoints.importBert(folder, Dtype.FP32);

    assertThatThrownBy(() -> OnnxModelRunner.open(bert, options(1, 64, 8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no decoder graph");
  }

  private static List<RecordingSink> run(int slots, int chunk, List<GenerationRequest> requests) {
    return run(open(slots, chunk), chunk, requests);
  }

  private static List<RecordingSink> run(
      OnnxModelRunner runner, int chunk, List<GenerationRequest> requests) {
    Inbox inbox = new Inbox();
    List<RecordingSink> sinks = new ArrayList<>();
    for (GenerationRequest request : requests) {
      RecordingSink sink = new RecordingSink();
      sinks.add(sink);
      inbox.offer(new Generation(request, sink, 0, Generation.NO_DEADLINE, Context.root()));
    }
    inbox.close();
    Engine.Parts parts =
        new Engine.Parts(
            "tiny",
            Vocabularies.letters(VOCABULARY),
            chunk,
            Speculation.Options.off(),
            new EngineMetrics(new SimpleMeterRegistry(), "tiny"),
            OpenTelemetry.noop().getTracer("test"),
            System::nanoTime);
    Engine.loop(runner, inbox, parts).run();
    return sinks;
  }

  private static OnnxModelRunner open(int slots, int chunk) {
    return OnnxModelRunner.open(tiny, options(slots, CONTEXT, chunk));
  }

  private static OnnxModelRunner.Options options(int slots, int context, int chunk) {
    return new OnnxModelRunner.Options(1, slots, context, chunk, 1L << 30, 1 << 20);
  }

  private static GenerationRequest greedy(TinyCheckpoints.Prompt golden) {
    return Requests.greedy(
        golden.greedy().size(), golden.ids().stream().mapToInt(i -> i).toArray());
  }

  private static Prompt prompt(List<Integer> ids) {
    return Prompt.of(ids.stream().mapToInt(i -> i).toArray());
  }

  private static float[] prefill(OnnxModelRunner runner, int slot, Prompt prompt, int chunk) {
    for (int from = 0; from < prompt.length(); from += chunk) {
      runner.prefill(new PromptPart(slot, prompt, from, Math.min(prompt.length(), from + chunk)));
    }
    return logits(runner);
  }

  private static float[] next(OnnxModelRunner runner, int slot, Prompt prompt) {
    prefill(runner, slot, prompt, 64);
    return decode(runner, prompt.length());
  }

  /** One token in slot 0. */
  private static float[] decode(OnnxModelRunner runner, int length) {
    runner.decode(1, new int[] {9}, new int[] {length}, null);
    return logits(runner);
  }

  private static float[] logits(OnnxModelRunner runner) {
    float[] logits = new float[VOCABULARY];
    runner.readLogits(0, logits);
    return logits;
  }

  private static List<Float> floats(float[] values) {
    List<Float> list = new ArrayList<>();
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  private static void assertClose(float[] actual, List<Float> expected, float tolerance) {
    assertThat(actual).hasSize(expected.size());
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i])
          .as("logit %d", i)
          .isCloseTo(expected.get(i), org.assertj.core.api.Assertions.within(tolerance));
    }
  }
}
