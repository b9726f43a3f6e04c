package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.weft.generator.sampling.Penalties;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.generator.text.Vocabularies;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drafts change how fast tokens come, and nothing else. */
@Timeout(120)
class SpeculationTest {
  private static final int CAPACITY = 160;

  /** Texts that go round after a while, so that guesses are often right. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void everythingIsAsWithoutIt(long seed) {
    Random random = new Random(seed);
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      requests.add(request(random));
    }
    int slots = 1 + random.nextInt(4);
    int memory = 1 + random.nextInt(2);
    Harness plain = harness(slots, memory, Speculation.Options.off());
    Harness drafting = harness(slots, memory, new Speculation.Options(1 + random.nextInt(6), 3));

    List<RecordingSink> expected = run(plain, requests);
    List<RecordingSink> actual = run(drafting, requests);

    for (int i = 0; i < requests.size(); i++) {
      assertSame(actual.get(i), expected.get(i), requests.get(i).n());
    }
    assertThat(accepted(drafting)).isGreaterThan(10).isLessThan(drafted(drafting));
    assertThat(drafting.runner().usedSlots()).isZero();
    assertThat(counter(drafting, "completion.tokens"))
        .isEqualTo(counter(plain, "completion.tokens"));
  }

  @Test
  void takesFewerRunsWhereTheTextRepeatsItself() {
    Harness harness = harness(2, 1, new Speculation.Options(4, 1));
    RecordingSink sink = run(harness, List.of(Requests.greedy(100, 1))).getFirst();

    assertThat(sink.ids(0)).hasSize(100);
    // The text goes round: after the first time, four guesses and one more token a run.
    assertThat(harness.runner().runs().size()).isLessThan(55);
    assertThat(accepted(harness)).isGreaterThan(45);
  }

  @Test
  void aMaximumInTheMiddleOfADraftIsKept() {
    for (int most = 1; most < 60; most++) {
      Harness harness = harness(1, 1, new Speculation.Options(5, 1));
      RecordingSink sink = run(harness, List.of(Requests.greedy(most, 1))).getFirst();
      assertThat(sink.ids(0)).hasSize(most);
      assertThat(sink.finished(0).usage().completionTokens()).isEqualTo(most);
    }
  }

  @Test
  void manySequencesDecodeTogetherWithoutDrafts() {
    Harness harness = harness(4, 1, new Speculation.Options(4, 2));
    run(harness, List.of(Requests.sampled(3, 1, 60, 1, 2)));

    assertThat(harness.runner().runs()).contains("decode 3");
    assertThat(harness.runner().runs().indexOf("decode 3"))
        .isLessThan(harness.runner().runs().size() - 40);
    assertThat(drafted(harness)).isZero();
  }

  @Test
  void stopsGuessingWhereGuessesAreWrong() {
    // Two letters repeat all the time, and what follows them is drawn anew each time.
    SamplingOptions two = new SamplingOptions(1, 0, 1, 0, 7, Map.of(3, 40f, 4, 40f));
    Harness harness = harness(1, Integer.MAX_VALUE, new Speculation.Options(4, 1));
    run(harness, List.of(Requests.request(1, two, StopOptions.after(150), 1)));

    assertThat(drafted(harness)).isPositive();
    // With a guess at each of 150 steps it would be 600.
    assertThat(drafted(harness)).isLessThan(250);
  }

  @Test
  void brokenLogitsAndFailedRunsEndTheirOwnRequest() {
    Harness harness = harness(2, 1, new Speculation.Options(4, 2));
    RecordingSink first = harness.submit(Requests.greedy(100, 1));
    RecordingSink second = harness.submit(Requests.greedy(100, 2));
    harness
        .runner()
        .beforeRun(
            () -> {
              List<String> runs = harness.runner().runs();
              if (runs.stream().filter(run -> run.startsWith("extend")).count() == 3) {
                runs.add("failed");
                throw new WeftException.Internal("broken", null);
              }
            });
    harness.closeInbox();
    harness.run();

    assertThat(List.of(first.isComplete(), second.isComplete())).contains(true).contains(false);
    assertThat(harness.runner().usedSlots()).isZero();
  }

  /** What runs with a draft take says nothing of what a step takes, and parts go by that. */
  @Test
  void aPromptThatComesWhileDraftsAreRightHasThePartsOfPlainSteps() {
    int chunk = 64;
    FakeModelRunner runner = new FakeModelRunner(2, CAPACITY, 8, chunk).remembering(1);
    Harness harness = new Harness(runner, chunk, new Speculation.Options(4, 2));
    List<String> runs = runner.runs();
    RecordingSink late = new RecordingSink();
    int[] submittedAt = {0};
    runner.beforeRun(
        () -> {
          String[] run = runs.getLast().split(" ");
          int tokens = Integer.parseInt(run[run.length - 1]);
          // A plain step takes as long as 10 tokens of a prompt, one with a draft as 60.
          harness
              .clock()
              .addAndGet(run.length == 4 ? 10 + tokens : run[0].equals("extend") ? 60 : 10);
          if (submittedAt[0] == 0
              && runs.stream().filter(r -> r.startsWith("extend")).count() == 12) {
            submittedAt[0] = runs.size();
            harness.submit(Requests.greedy(1, new int[40]), Generation.NO_DEADLINE, late);
            harness.closeInbox();
          }
        });
    harness.submit(Requests.greedy(120, 1));
    harness.run();

    assertThat(late.isComplete()).isTrue();
    assertThat(runs.subList(submittedAt[0], submittedAt[0] + 6))
        .containsExactly(
            "decode 1 beside 8",
            "decode 1 beside 8",
            "decode 1 beside 8",
            "decode 1 beside 8",
            "decode 1 beside 8",
            "extend 5");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8})
  void theTextOfAModelInFp32IsAsWithoutIt(int draft, @TempDir Path models) {
    ModelFolder tiny = TinyCheckpoints.importLlama(models, Dtype.FP32);
    Random random = new Random(draft);
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      int[] prompt = random.ints(4 + random.nextInt(40), 0, 320).toArray();
      // Of few tokens, so that the text repeats itself.
      Map<Integer, Float> few =
          i % 4 < 2 ? Map.of(5, 60f, 9, 60f) : Map.of(5, 60f, 9, 60f, 20, 60f);
      Penalties penalties = new Penalties(i % 8 == 1 ? 1.02f : 1, 0, 0, 0);
      SamplingOptions sampling =
          new SamplingOptions(i % 2 == 0 ? 0 : 0.3f, 40, 0.95f, 0, 1, penalties, i, few);
      requests.add(Requests.request(1, sampling, StopOptions.after(20 + 10 * i), prompt));
    }

    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    List<RecordingSink> expected =
        run(tiny, Speculation.Options.off(), new SimpleMeterRegistry(), requests);
    List<RecordingSink> actual = run(tiny, new Speculation.Options(draft, 2), registry, requests);

    for (int i = 0; i < requests.size(); i++) {
      assertThat(actual.get(i).ids()).as("request %d", i).isEqualTo(expected.get(i).ids());
    }
    assertThat(registry.get("weft.generator.speculation.accepted.tokens").counter().count())
        .isGreaterThan(100);
  }

  private static GenerationRequest request(Random random) {
    int[] prompt = random.ints(1 + random.nextInt(40), 0, 8).toArray();
    int maxTokens = 1 + random.nextInt(CAPACITY - 41);
    StopOptions stop =
        new StopOptions(
            maxTokens,
            random.nextInt(4) == 0 ? random.nextInt(maxTokens + 1) : 0,
            random.nextInt(4) == 0 ? List.of("abab", "ca", "jj") : List.of(),
            random.nextInt(4) == 0 ? Set.of(random.nextInt(30)) : Set.of(),
            random.nextBoolean());
    Penalties penalties =
        random.nextInt(3) == 0
            ? new Penalties(
                random.nextBoolean() ? 1.05f : 1,
                random.nextFloat() * 0.1f,
                random.nextFloat() * 0.05f,
                random.nextBoolean() ? 8 : 0)
            : Penalties.NONE;
    float temperature = random.nextBoolean() ? 0 : 0.1f + random.nextFloat();
    SamplingOptions sampling =
        new SamplingOptions(
            temperature,
            random.nextBoolean() ? 0 : 10,
            random.nextBoolean() ? 1 : 0.9f,
            0,
            1,
            penalties,
            random.nextLong(),
            random.nextInt(3) == 0 ? Map.of(2, 2f, 5, -3f) : Map.of());
    return new GenerationRequest(
        Prompt.of(prompt),
        random.nextInt(4) == 0 ? 2 : 1,
        sampling,
        stop,
        new OutputOptions(random.nextBoolean() ? 2 : null, random.nextInt(5) == 0, false),
        "");
  }

  private static void assertSame(RecordingSink actual, RecordingSink expected, int n) {
    assertThat(actual.isComplete()).isTrue();
    assertThat(actual.ids()).isEqualTo(expected.ids());
    assertThat(actual.promptLogprobs()).isEqualTo(expected.promptLogprobs());
    assertThat(actual.logprobs()).containsExactlyInAnyOrderElementsOf(expected.logprobs());
    for (int i = 0; i < n; i++) {
      assertThat(actual.text(i)).isEqualTo(expected.text(i));
      assertThat(actual.finished(i).reason()).isEqualTo(expected.finished(i).reason());
      assertThat(actual.finished(i).matchedStop()).isEqualTo(expected.finished(i).matchedStop());
      assertThat(actual.finished(i).usage().completionTokens())
          .isEqualTo(expected.finished(i).usage().completionTokens());
    }
  }

  private static Harness harness(int slots, int memory, Speculation.Options options) {
    return new Harness(
        new FakeModelRunner(slots, CAPACITY, 8).remembering(memory), Harness.CHUNK, options);
  }

  private static List<RecordingSink> run(Harness harness, List<GenerationRequest> requests) {
    List<RecordingSink> sinks = requests.stream().map(harness::submit).toList();
    harness.closeInbox();
    harness.run();
    return sinks;
  }

  private static List<RecordingSink> run(
      ModelFolder tiny,
      Speculation.Options options,
      SimpleMeterRegistry registry,
      List<GenerationRequest> requests) {
    OnnxModelRunner runner =
        OnnxModelRunner.open(tiny, new OnnxModelRunner.Options(1, 2, 256, 64, 1L << 30, 1 << 20));
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
            Vocabularies.letters(320),
            64,
            options,
            new EngineMetrics(registry, "tiny"),
            OpenTelemetry.noop().getTracer("test"),
            System::nanoTime);
    Engine.loop(runner, inbox, parts).run();
    return sinks;
  }

  private static double drafted(Harness harness) {
    return counter(harness, "speculation.drafted.tokens");
  }

  private static double accepted(Harness harness) {
    return counter(harness, "speculation.accepted.tokens");
  }

  private static double counter(Harness harness, String name) {
    return harness
        .registry()
        .get("weft.generator." + name)
        .meter()
        .measure()
        .iterator()
        .next()
        .getValue();
  }
}
