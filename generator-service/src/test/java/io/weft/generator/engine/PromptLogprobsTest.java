package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.generator.sampling.TokenLogprob;
import io.weft.generator.text.Vocabularies;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PromptLogprobsTest {
  private final FakeModelRunner runner = new FakeModelRunner(3, 64, 8);
  private final Harness harness = new Harness(runner);

  /**
   * What transformers says of a prompt (e2e/goldens/prompt_logprob_goldens.py); logprobs from the
   * second token on.
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  private record Golden(
      List<Integer> ids,
      List<Float> logprobs,
      List<List<Integer>> topIds,
      List<List<Float>> topLogprobs,
      int next) {}

  @Test
  void equalTransformersLogSoftmax(@TempDir Path models) throws IOException {
    OnnxModelRunner tiny =
        OnnxModelRunner.open(
            TinyCheckpoints.importLlama(models, Dtype.FP32),
            new OnnxModelRunner.Options(1, 2, 256, 64, 1L << 30, 1 << 20));
    Inbox inbox = new Inbox();
    List<Golden> goldens = goldens();
    List<RecordingSink> sinks =
        goldens.stream().map(golden -> offer(inbox, scored(1, 3, ids(golden)))).toList();
    inbox.close();
    Engine.Parts parts =
        new Engine.Parts(
            "tiny",
            Vocabularies.letters(320),
            64,
            Speculation.Options.off(),
            new EngineMetrics(new SimpleMeterRegistry(), "tiny"),
            OpenTelemetry.noop().getTracer("test"),
            System::nanoTime);
    Engine.loop(tiny, inbox, parts).run();

    for (int g = 0; g < goldens.size(); g++) {
      Golden golden = goldens.get(g);
      List<TokenLogprob> scored = sinks.get(g).promptLogprobs();
      assertThat(scored).extracting(s -> s.token().id()).isEqualTo(golden.ids());
      assertThat(scored.getFirst().top()).isEmpty();
      for (int i = 1; i < scored.size(); i++) {
        assertThat(scored.get(i).token().logprob())
            .isCloseTo(golden.logprobs().get(i - 1), within(1e-4f));
        for (int t = 0; t < 3; t++) {
          assertThat(scored.get(i).top().get(t).id()).isEqualTo(golden.topIds().get(i - 1).get(t));
          assertThat(scored.get(i).top().get(t).logprob())
              .isCloseTo(golden.topLogprobs().get(i - 1).get(t), within(1e-4f));
        }
      }
      assertThat(sinks.get(g).ids(0)).containsExactly(golden.next());
    }
  }

  @Test
  void comeWithAcceptedAndChangeNothingElse() {
    int[] prompt = IntStream.range(0, 20).map(i -> i * 7 % 31).toArray();
    GenerationRequest request = Requests.sampled(4, 5, 8, prompt);
    RecordingSink sink = run(scored(request, 2));

    assertThat(sink.ids()).isEqualTo(Harness.alone(request, 64).ids()).hasSize(4);
    assertThat(sink.promptLogprobs()).hasSize(20);
    assertThat(sink.promptLogprobs()).extracting(p -> p.token().id()).containsExactly(box(prompt));
    for (int i = 1; i < 20; i++) {
      float[] logits = FakeModelRunner.logits(List.of(box(prompt)).subList(0, i));
      double sum = IntStream.range(0, logits.length).mapToDouble(t -> Math.exp(logits[t])).sum();
      assertThat(sink.promptLogprobs().get(i).token().logprob())
          .isCloseTo((float) (logits[prompt[i]] - Math.log(sum)), within(1e-5f));
      assertThat(sink.promptLogprobs().get(i).top()).hasSize(2);
    }
    // As the prefill chunk allows; the siblings share it.
    assertThat(runner.runs())
        .startsWith("extend 4", "extend 4", "extend 4", "extend 4", "extend 4");
  }

  @Test
  void thePrefixCacheIsWrittenButNotRead() {
    int[] prompt = IntStream.range(0, 40).map(i -> i * 7 % 31).toArray();
    RecordingSink first = harness.submit(scored(1, 0, prompt));
    RecordingSink second = harness.submit(scored(1, 0, prompt));
    RecordingSink plain = harness.submit(Requests.greedy(1, prompt));
    harness.closeInbox();
    harness.run();

    assertThat(second.promptLogprobs()).isEqualTo(first.promptLogprobs()).hasSize(40);
    assertThat(second.cachedTokens()).isZero();
    assertThat(plain.cachedTokens()).isEqualTo(32);
    assertThat(plain.ids()).isEqualTo(first.ids());
  }

  @Test
  void aRequestForNoTokensOnlyRunsItsPrompt() {
    GenerationRequest none =
        Requests.request(3, SamplingOptions.likeliest(), StopOptions.after(0), 1, 2, 3);
    RecordingSink sink = run(none);

    assertThat(sink.isComplete()).isTrue();
    assertThat(runner.runs()).containsExactly("prefill 3");
    assertThat(sink.ids()).isEmpty();
    for (int i = 0; i < 3; i++) {
      assertThat(sink.text(i)).isEmpty();
      assertThat(sink.finished(i).reason()).isEqualTo(FinishReason.LENGTH);
      assertThat(sink.finished(i).usage().completionTokens()).isZero();
      assertThat(sink.finished(i).usage().timeToFirstTokenNs()).isNotNegative();
    }
  }

  @Test
  void brokenLogitsEndTheRequestBeforeItIsAccepted() {
    RecordingSink poisoned = harness.submit(scored(1, 0, 1, 2, FakeModelRunner.POISON, 3));
    RecordingSink other = harness.submit(scored(1, 0, 1, 2, 3));
    harness.closeInbox();
    harness.run();

    assertThat(poisoned.failure()).hasMessageContaining("not finite");
    assertThat(poisoned.wasAccepted()).isFalse();
    assertThat(other.promptLogprobs()).hasSize(3);
    assertThat(runner.usedSlots()).isZero();
  }

  private RecordingSink run(GenerationRequest request) {
    RecordingSink sink = harness.submit(request);
    harness.closeInbox();
    harness.run();
    assertThat(runner.usedSlots()).isZero();
    return sink;
  }

  private static RecordingSink offer(Inbox inbox, GenerationRequest request) {
    RecordingSink sink = new RecordingSink();
    inbox.offer(new Generation(request, sink, 0, Generation.NO_DEADLINE, Context.root()));
    return sink;
  }

  private static GenerationRequest scored(int maxTokens, int top, int... prompt) {
    return scored(Requests.greedy(maxTokens, prompt), top);
  }

  private static GenerationRequest scored(GenerationRequest request, int top) {
    return new GenerationRequest(
        request.prompt(),
        request.n(),
        request.sampling(),
        request.stop(),
        new OutputOptions(top, true, false),
        "");
  }

  private static Integer[] box(int[] ids) {
    return IntStream.of(ids).boxed().toArray(Integer[]::new);
  }

  private static int[] ids(Golden golden) {
    return golden.ids().stream().mapToInt(i -> i).toArray();
  }

  private static List<Golden> goldens() throws IOException {
    try (InputStream in =
        PromptLogprobsTest.class.getResourceAsStream("/prompt-logprob-goldens.json")) {
      return List.of(new ObjectMapper().readValue(in, Golden[].class));
    }
  }
}
