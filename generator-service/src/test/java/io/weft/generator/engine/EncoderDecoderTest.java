package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.generator.text.Vocabularies;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.importer.testing.TinyCheckpoints.EncodedInput;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine on tiny encoder-decoders, with exact tokens (importer: TinyCheckpoints). */
class EncoderDecoderTest {
  private static final String[] MODELS = {"tiny-t5", "tiny-flan-t5", "tiny-mt5", "tiny-byt5"};
  private static final int START = 0;
  private static final int END = 1;
  private static final int CONTEXT = 256;

  @TempDir static Path models;

  private static final Map<String, ModelFolder> IMPORTED = new ConcurrentHashMap<>();

  @ParameterizedTest
  @ValueSource(strings = {"tiny-t5", "tiny-flan-t5", "tiny-mt5", "tiny-byt5"})
  void greedyTokensEqualTransformersAloneAndTogether(String model) {
    List<EncodedInput> goldens = TinyCheckpoints.t5Goldens(model);
    for (int slots : new int[] {1, 2, 3, 8}) {
      List<GenerationRequest> requests = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        goldens.forEach(golden -> requests.add(greedy(1, golden)));
      }

      List<RecordingSink> sinks = run(model, slots, requests);

      for (int i = 0; i < sinks.size(); i++) {
        assertThat(sinks.get(i).ids(0)).isEqualTo(goldens.get(i % goldens.size()).greedy());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "4"})
  void everySequenceOfARequestAttendsToItsInput(int slots) {
    for (String model : MODELS) {
      List<EncodedInput> goldens = TinyCheckpoints.t5Goldens(model);

      List<RecordingSink> sinks =
          run(model, slots, goldens.stream().map(golden -> greedy(3, golden)).toList());

      for (int i = 0; i < sinks.size(); i++) {
        for (int sequence = 0; sequence < 3; sequence++) {
          assertThat(sinks.get(i).ids(sequence)).isEqualTo(goldens.get(i).greedy());
        }
      }
    }
  }

  /**
   * Inputs from 1 token to the longest; outputs end in turn, so slots move and inputs with them.
   */
  @Test
  void aSequenceAmongOthersGivesTheSameTokensAsAlone() {
    Random random = new Random(5);
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      int length = 1 + random.nextInt(i % 5 == 0 ? CONTEXT : 60);
      int[] input = random.ints(length, 0, 128).toArray();
      SamplingOptions sampling = new SamplingOptions(0.8f, 40, 0.95f, 0, i, Map.of());
      requests.add(
          Requests.request(
              1 + random.nextInt(3),
              sampling,
              StopOptions.after(1 + random.nextInt(60)),
              Prompt.ofInput(Prompt.of(input), START)));
    }

    List<RecordingSink> together = run("tiny-t5", 6, requests);

    for (int i = 0; i < requests.size(); i++) {
      List<RecordingSink> alone = run("tiny-t5", 1, List.of(requests.get(i)));
      assertThat(together.get(i).ids()).isEqualTo(alone.getFirst().ids());
    }
  }

  @Test
  void aRequestThatIsCancelledLeavesTheOthersTheirTokens() {
    List<EncodedInput> goldens = TinyCheckpoints.t5Goldens("tiny-t5");
    Inbox inbox = new Inbox();
    RecordingSink kept = new RecordingSink();
    List<Generation> cancelled = new ArrayList<>();
    RecordingSink[] left = new RecordingSink[3];
    for (int i = 0; i < 3; i++) {
      left[i] = new RecordingSink();
      EventSink cancelsAtItsSixthToken = new CancelsAfter(left[i], 6, cancelled, i);
      Generation generation =
          new Generation(
              greedy(2, goldens.get(i)),
              cancelsAtItsSixthToken,
              0,
              Generation.NO_DEADLINE,
              Context.root());
      cancelled.add(generation);
      inbox.offer(generation);
    }
    inbox.offer(
        new Generation(greedy(1, goldens.get(3)), kept, 0, Generation.NO_DEADLINE, Context.root()));
    inbox.close();

    Engine.loop(open("tiny-t5", 7), inbox, parts()).run();

    for (RecordingSink sink : left) {
      assertThat(sink.failure()).isInstanceOf(WeftException.Cancelled.class);
    }
    assertThat(kept.ids(0)).isEqualTo(goldens.get(3).greedy());
  }

  @Test
  void anOutputFillsItsContextWhateverTheInput() {
    GenerationRequest request =
        Requests.request(
            1,
            SamplingOptions.likeliest(),
            StopOptions.after(CONTEXT - 1),
            Prompt.ofInput(Prompt.of(new Random(1).ints(CONTEXT, 0, 128).toArray()), START));

    assertThat(run("tiny-t5", 2, List.of(request)).getFirst().ids(0)).hasSize(CONTEXT - 1);
  }

  @Test
  void aSlotThatMovesTakesItsInputAlong() {
    EncodedInput golden = TinyCheckpoints.t5Goldens("tiny-mt5").get(2);
    try (OnnxModelRunner runner = open("tiny-mt5", 3)) {
      Prompt prompt = prompt(golden);
      begin(runner, 0, prompt);
      float[] expected = decode(runner);
      begin(runner, 2, prompt);
      // Shorter, then longer: rows change their width under what moves.
      begin(runner, 0, Prompt.ofInput(Prompt.of(5), START));
      begin(runner, 1, Prompt.ofInput(Prompt.of(new int[200]), START));

      runner.copySlot(2, 0, 1);
      runner.freeSlot(2);
      runner.freeSlot(1);

      assertThat(decode(runner)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(value = Dtype.class, names = "FP16", mode = EnumSource.Mode.EXCLUDE)
  void theSelfCheckPassesInEveryNumberFormat(Dtype dtype, @TempDir Path folder) {
    for (String name : MODELS) {
      ModelFolder model = TinyCheckpoints.importCheckpoint(name, folder, dtype);

      try (OnnxModelRunner runner = OnnxModelRunner.open(model, options(4, 1_000))) {
        WarmUp.run(runner, 16, dtype.toString());
      }
    }
  }

  /** 2 layers x 2 tensors x heads 2 x 256 tokens x 16 floats, for 3 slots, 3 inputs and a run. */
  @Test
  void memoryOfInputsCounts() {
    long slot = 2L * 2 * 2 * 256 * 16 * 4;
    try (OnnxModelRunner runner = open("tiny-t5", 3)) {
      assertThat(runner.cacheBytes()).isEqualTo(7 * slot);
      assertThat(runner.inputCapacity()).isEqualTo(CONTEXT);
    }
    OnnxModelRunner.Options tooLittle =
        new OnnxModelRunner.Options(1, 3, CONTEXT, 8, 7 * slot - 1, 0);
    assertThatThrownBy(() -> OnnxModelRunner.open(imported("tiny-t5"), tooLittle))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "3 slots of 256 tokens and as long inputs need up to 917,504 bytes of key/value memory"
                + " > 917,503");
  }

  /** Cancels a request when its sink has had some tokens. */
  private record CancelsAfter(
      RecordingSink sink, int tokens, List<Generation> generations, int index)
      implements EventSink {
    @Override
    public void emit(GenerationEvent event) {
      sink.emit(event);
      if (event instanceof GenerationEvent.Delta && sink.ids(0).size() == tokens) {
        generations.get(index).cancel();
      }
    }

    @Override
    public void complete() {
      sink.complete();
    }

    @Override
    public void fail(WeftException failure) {
      sink.fail(failure);
    }
  }

  private static List<RecordingSink> run(
      String model, int slots, List<GenerationRequest> requests) {
    Inbox inbox = new Inbox();
    List<RecordingSink> sinks = new ArrayList<>();
    for (GenerationRequest request : requests) {
      RecordingSink sink = new RecordingSink();
      sinks.add(sink);
      inbox.offer(new Generation(request, sink, 0, Generation.NO_DEADLINE, Context.root()));
    }
    inbox.close();
    Engine.loop(open(model, slots), inbox, parts()).run();
    return sinks;
  }

  private static Engine.Parts parts() {
    return new Engine.Parts(
        "tiny",
        Vocabularies.letters(400),
        16,
        Speculation.Options.off(),
        new EngineMetrics(new SimpleMeterRegistry(), "tiny"),
        OpenTelemetry.noop().getTracer("test"),
        System::nanoTime);
  }

  private static OnnxModelRunner open(String model, int slots) {
    return OnnxModelRunner.open(imported(model), options(slots, CONTEXT));
  }

  private static ModelFolder imported(String model) {
    return IMPORTED.computeIfAbsent(
        model, name -> TinyCheckpoints.importCheckpoint(name, models, Dtype.FP32));
  }

  private static OnnxModelRunner.Options options(int slots, int context) {
    return new OnnxModelRunner.Options(1, slots, context, 16, 1L << 30, 1 << 20);
  }

  private static GenerationRequest greedy(int n, EncodedInput golden) {
    int tokens = golden.greedy().size();
    return Requests.request(
        n,
        SamplingOptions.likeliest(),
        new StopOptions(tokens, tokens, List.of(), Set.of(END), false),
        prompt(golden));
  }

  private static Prompt prompt(EncodedInput golden) {
    return Prompt.ofInput(Prompt.of(golden.ids().stream().mapToInt(i -> i).toArray()), START);
  }

  private static void begin(OnnxModelRunner runner, int slot, Prompt prompt) {
    runner.encode(slot, prompt.input());
    runner.prefill(new PromptPart(slot, prompt, 0, 1));
  }

  /** One token in slot 0. */
  private static float[] decode(OnnxModelRunner runner) {
    runner.decode(1, new int[] {9}, new int[] {1}, null);
    float[] logits = new float[runner.vocabularySize()];
    runner.readLogits(0, logits);
    return logits;
  }
}
