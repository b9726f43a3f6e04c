package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.sampling.SamplingOptions;
import io.weft.generator.sampling.TokenLogprob;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EngineLoopTest {
  private final FakeModelRunner runner = new FakeModelRunner(4, 64);
  private final Harness harness = new Harness(runner);

  @Test
  void generatesGreedilyWhatTheModelSays() {
    RecordingSink sink = run(Requests.greedy(6, 1, 2, 3));

    assertThat(sink.isComplete()).isTrue();
    assertThat(sink.ids(0)).isEqualTo(greedy(6, 1, 2, 3));
    assertThat(sink.text(0)).isEqualTo(letters(sink.ids(0)));
    GenerationEvent.Finished end = sink.finished(0);
    assertThat(end.reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(end.usage().promptTokens()).isEqualTo(3);
    assertThat(end.usage().completionTokens()).isEqualTo(6);
  }

  @Test
  void prefillsInChunksAndDecodesTheRest() {
    run(Requests.greedy(3, 1, 2, 3, 4, 5, 6, 7, 8, 9));

    assertThat(runner.runs())
        .containsExactly("prefill 4", "prefill 4", "prefill 1", "decode 1", "decode 1");
  }

  @Test
  void aPromptRunsBesideWhatDecodes() {
    harness.submit(Requests.greedy(8, 1));
    harness.submit(Requests.greedy(2, 1, 2, 3, 4, 5, 6, 7, 8, 9));
    harness.closeInbox();
    harness.run();

    assertThat(runner.runs())
        .containsExactly(
            "prefill 1",
            "decode 1",
            "decode 1 beside 4",
            "decode 1 beside 4",
            "decode 1 beside 1",
            "decode 2",
            "decode 1",
            "decode 1");
  }

  @Test
  void promptsJoinTheBatchOneByOne() {
    harness.submit(Requests.greedy(2, 1, 2));
    harness.submit(Requests.greedy(2, 3));
    harness.submit(Requests.greedy(2, 4));
    harness.submit(Requests.greedy(2, 5, 6, 7));
    harness.closeInbox();
    harness.run();

    assertThat(runner.runs())
        .containsExactly(
            "prefill 2",
            "decode 1",
            "prefill 1",
            "decode 1 beside 1",
            "decode 1 beside 3",
            "decode 1");
  }

  @Test
  void aTokenThatEndsTheSequenceIsCountedButNotPartOfTheText() {
    List<Integer> all = greedy(6, 5);
    RecordingSink sink = run(ending(Requests.stop(6, 0, Set.of(all.get(3))), 5));

    int first = all.indexOf(all.get(3));
    assertThat(sink.ids(0)).isEqualTo(all.subList(0, first + 1));
    assertThat(sink.text(0)).isEqualTo(letters(all.subList(0, first)));
    assertThat(sink.finished(0).reason()).isEqualTo(FinishReason.STOP);
    assertThat(sink.finished(0).matchedStop()).isEmpty();
    assertThat(sink.finished(0).usage().completionTokens()).isEqualTo(first + 1);
  }

  @Test
  void whatEndsTheSequenceStaysInTheTextWhenAsked() {
    List<Integer> all = greedy(6, 5);
    StopOptions stop = new StopOptions(6, 0, List.of(), Set.of(all.get(2)), true);
    RecordingSink sink = run(ending(stop, 5));

    assertThat(sink.text(0)).isEqualTo(letters(sink.ids(0))).endsWith(letters(all.subList(2, 3)));
  }

  @Test
  void aStopStringOverTokensEndsTheSequenceBeforeIt() {
    List<Integer> all = greedy(12, 5);
    String text = letters(all);
    String stop = text.substring(5, 8);
    RecordingSink sink = run(ending(Requests.stop(12, 0, Set.of(), stop), 5));

    assertThat(sink.text(0)).isEqualTo(text.substring(0, text.indexOf(stop)));
    assertThat(sink.finished(0).reason()).isEqualTo(FinishReason.STOP);
    assertThat(sink.finished(0).matchedStop()).isEqualTo(stop);
    assertThat(sink.ids(0)).hasSize(text.indexOf(stop) + 3);
  }

  @Test
  void partOfAStopStringIsReleasedAtTheEnd() {
    String text = letters(greedy(6, 5));
    RecordingSink sink = run(ending(Requests.stop(6, 0, Set.of(), text.substring(4) + "never"), 5));

    assertThat(sink.text(0)).isEqualTo(text);
    assertThat(sink.finished(0).text()).isEqualTo(text.substring(4));
    assertThat(sink.finished(0).reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void beforeTheLeastTokensNoEndIsChosenAndNoStopCounts() {
    List<Integer> free = greedy(1, 5);
    int end = free.getFirst();
    String stop = letters(List.of(end));
    RecordingSink sink = run(ending(Requests.stop(8, 3, Set.of(end), stop), 5));

    // The end is impossible three times, so other tokens are generated there.
    assertThat(sink.ids(0).subList(0, 3)).doesNotContain(end);
    assertThat(sink.ids(0).size()).isGreaterThanOrEqualTo(4);
  }

  @Test
  void severalSequencesShareOnePrefillAndDiffer() {
    RecordingSink sink = run(Requests.sampled(3, 11, 8, 1, 2, 3));

    assertThat(runner.runs()).startsWith("prefill 3", "decode 3");
    assertThat(sink.ids()).hasSize(3);
    assertThat(sink.ids(0)).hasSize(8).isNotEqualTo(sink.ids(1)).isNotEqualTo(sink.ids(2));
    assertThat(sink.ids(1)).isNotEqualTo(sink.ids(2));
  }

  @Test
  void moreSequencesThanSlotsAreAllGeneratedAsIfAlone() {
    GenerationRequest request = Requests.sampled(9, 11, 8, 1, 2, 3, 4, 5);
    RecordingSink sink = run(request);

    assertThat(sink.isComplete()).isTrue();
    assertThat(sink.ids()).isEqualTo(Harness.alone(request, 64).ids()).hasSize(9);
  }

  @Test
  void aSequenceThatStartsLaterTakesThePromptFromASibling() {
    harness.submit(Requests.greedy(12, 9));
    RecordingSink sink = harness.submit(Requests.sampled(5, 11, 20, 1, 2, 3, 4));
    harness.closeInbox();
    harness.run();

    assertThat(sink.isComplete()).isTrue();
    assertThat(runner.runs().stream().filter(run -> run.matches(".*(prefill|beside).*")))
        .containsExactly(
            "prefill 1", "decode 1 beside 4", "decode 3 beside 1", "decode 1 beside 1");
    assertThat(sink.ids())
        .isEqualTo(Harness.alone(Requests.sampled(5, 11, 20, 1, 2, 3, 4), 64).ids());
  }

  @Test
  void theContextEndsASequence() {
    RecordingSink sink = run(Requests.greedy(61, 1, 2, 3));

    assertThat(sink.ids(0)).hasSize(61);
    assertThat(sink.finished(0).reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void logProbabilitiesAreTheModelsOwn() {
    SamplingOptions biased = new SamplingOptions(0, 0, 1, 0, 1, Map.of(7, 100f));
    RecordingSink sink =
        run(
            new GenerationRequest(
                Prompt.of(5),
                1,
                biased,
                StopOptions.after(2),
                new OutputOptions(3, false, false),
                ""));

    assertThat(sink.ids(0)).containsExactly(7, 7);
    assertThat(sink.logprobs()).hasSize(2);
    TokenLogprob first = sink.logprobs().getFirst();
    float[] logits = FakeModelRunner.logits(List.of(5));
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    assertThat(first.token().id()).isEqualTo(7);
    assertThat(first.token().logprob())
        .isEqualTo(
            (float) (logits[7] - Math.log(sum)), org.assertj.core.api.Assertions.within(1e-5f));
    assertThat(first.top()).hasSize(3);
    assertThat(first.top().getFirst().id()).isEqualTo(FakeModelRunner.greedy(List.of(5)));
  }

  @Test
  void logProbabilitiesTellWhatIsNotInTheText() {
    int first = FakeModelRunner.greedy(List.of(5));
    int second = FakeModelRunner.greedy(List.of(5, first));
    RecordingSink sink =
        run(
            new GenerationRequest(
                Prompt.of(5),
                1,
                SamplingOptions.likeliest(),
                new StopOptions(3, 0, List.of(), Set.of(second), false),
                new OutputOptions(0, false, false),
                ""));

    assertThat(sink.ids(0)).containsExactly(first, second);
    assertThat(sink.logprobs()).extracting(TokenLogprob::omittedBytes).containsExactly(0, 1);
  }

  @Test
  void brokenLogitsEndOnlyTheirOwnRequest() {
    RecordingSink poisoned =
        harness.submit(
            Requests.request(
                1,
                new SamplingOptions(0, 0, 1, 0, 1, Map.of(FakeModelRunner.POISON, 100f)),
                StopOptions.after(20),
                1));
    RecordingSink other = harness.submit(Requests.greedy(20, 1, 2));
    harness.closeInbox();
    harness.run();

    assertThat(poisoned.failure())
        .isInstanceOf(WeftException.Internal.class)
        .hasMessageContaining("not finite");
    assertThat(other.ids(0)).isEqualTo(greedy(20, 1, 2));
    assertThat(
            harness
                .registry()
                .get("weft.generator.broken.logits")
                .tag("model", "fake")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void aFailedStepEndsItsSequencesAndTheEngineGoesOn() {
    RecordingSink first = harness.submit(Requests.greedy(20, 1));
    RecordingSink second = harness.submit(Requests.greedy(20, 2));
    List<RecordingSink> later = new ArrayList<>();
    runner.beforeRun(
        () -> {
          if (runner.runs().size() == 6) {
            later.add(harness.submit(Requests.greedy(5, 3)));
            harness.closeInbox();
            throw new WeftException.Internal("broken", null);
          }
        });
    harness.run();

    assertThat(first.failure()).hasMessage("broken");
    assertThat(second.failure()).hasMessage("broken");
    assertThat(later.getFirst().ids(0)).isEqualTo(greedy(5, 3));
    assertThat(runner.usedSlots()).isZero();
  }

  @Test
  void cancellingFreesTheSlotAfterTheCurrentRun() {
    RecordingSink sink = new RecordingSink();
    Generation generation = harness.submit(Requests.greedy(60, 1, 2), Generation.NO_DEADLINE, sink);
    runner.beforeRun(
        () -> {
          if (runner.runs().size() == 5) {
            generation.cancel();
            harness.closeInbox();
          }
        });
    harness.run();

    assertThat(runner.runs()).hasSize(5);
    assertThat(sink.failure()).isInstanceOf(WeftException.Cancelled.class);
    assertThat(runner.usedSlots()).isZero();
    assertThat(harness.load()).isEqualTo(new EngineLoad(0, 0, 4, 0, 0));
  }

  @Test
  void theDeadlineEndsWhatRunsAndWhatWaits() {
    List<RecordingSink> sinks = Stream.generate(RecordingSink::new).limit(6).toList();
    sinks.forEach(sink -> harness.submit(Requests.greedy(60, 1, 2), 1_000_000, sink));
    runner.beforeRun(() -> harness.clock().addAndGet(100_000));
    harness.closeInbox();
    harness.run();

    assertThat(sinks)
        .allSatisfy(
            sink ->
                assertThat(sink.failure())
                    .isInstanceOf(WeftException.DeadlineExceeded.class)
                    .hasMessage("not finished within 1 ms"));
    assertThat(runner.runs()).hasSize(10);
    assertThat(sinks.getLast().wasAccepted()).isFalse();
  }

  @Test
  void saysHowBusyItIs() {
    List<EngineLoad> loads = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      harness.submit(Requests.greedy(50, 1, 2, 3, 4, 5, 6));
    }
    assertThat(harness.load()).isEqualTo(new EngineLoad(0, 6, 4, 36, 0));
    runner.beforeRun(() -> loads.add(harness.load()));
    harness.closeInbox();
    harness.run();

    assertThat(loads.get(0)).isEqualTo(new EngineLoad(1, 5, 4, 36, 0));
    assertThat(loads.get(1)).isEqualTo(new EngineLoad(1, 5, 4, 32, 4f / 256));
    EngineLoad full = loads.get(20);
    assertThat(full.running()).isEqualTo(4);
    assertThat(full.waiting()).isEqualTo(2);
    assertThat(full.waitingTokens()).isEqualTo(12);
    assertThat(harness.load()).isEqualTo(new EngineLoad(0, 0, 4, 0, 0));
  }

  @Test
  void abortingEndsAllWithUnavailable() {
    List<RecordingSink> sinks = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      sinks.add(harness.submit(Requests.greedy(60, 1, 2)));
    }
    runner.beforeRun(
        () -> {
          if (runner.runs().size() == 9) {
            harness.abort();
          }
        });
    harness.run();

    assertThat(runner.runs()).hasSize(9);
    assertThat(runner.isClosed()).isTrue();
    assertThat(sinks)
        .allSatisfy(
            sink -> assertThat(sink.failure()).isInstanceOf(WeftException.Unavailable.class));
  }

  @Test
  void countsWhatItDoes() {
    run(Requests.sampled(3, 1, 4, 1, 2, 3, 4, 5, 6));

    assertThat(counter("prompt.tokens")).isEqualTo(6);
    assertThat(counter("completion.tokens")).isEqualTo(12);
    assertThat(harness.registry().get("weft.generator.decode.batch.size").summary().max())
        .isEqualTo(3);
    assertThat(harness.registry().get("weft.generator.time.to.first.token").timer().count())
        .isEqualTo(3);
  }

  private double counter(String name) {
    return harness
        .registry()
        .get("weft.generator." + name)
        .meter()
        .measure()
        .iterator()
        .next()
        .getValue();
  }

  private RecordingSink run(GenerationRequest request) {
    RecordingSink sink = harness.submit(request);
    harness.closeInbox();
    harness.run();
    assertThat(runner.usedSlots()).isZero();
    return sink;
  }

  private static GenerationRequest ending(StopOptions stop, int... prompt) {
    return Requests.request(1, SamplingOptions.likeliest(), stop, prompt);
  }

  private static List<Integer> greedy(int count, int... prompt) {
    List<Integer> tokens = new ArrayList<>();
    for (int id : prompt) {
      tokens.add(id);
    }
    for (int i = 0; i < count; i++) {
      tokens.add(FakeModelRunner.greedy(tokens));
    }
    return tokens.subList(prompt.length, tokens.size());
  }

  private static String letters(List<Integer> ids) {
    StringBuilder text = new StringBuilder();
    ids.forEach(id -> text.append((char) ('a' + id % 26)));
    return text.toString();
  }
}
