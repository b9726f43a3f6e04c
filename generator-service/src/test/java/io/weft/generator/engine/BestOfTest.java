package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weft.generator.engine.GenerationEvent.Delta;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.generator.sampling.TokenLogprob;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BestOfTest {
  private static final SamplingOptions SAMPLING =
      new SamplingOptions(1, 0, 1, 0, 11, Map.of(4, 2f));

  @Test
  void returnsTheLikeliestOfAllTheBestFirst() {
    List<Delta> all = new ArrayList<>(deltas(request(6, 6, 0)));
    all.sort(Comparator.comparingDouble(BestOfTest::sum).reversed());

    RecordingSink best = run(request(2, 6, null));

    assertThat(best.isComplete()).isTrue();
    assertThat(best.ids()).hasSize(2);
    for (int i = 0; i < 2; i++) {
      assertThat(best.ids(i)).isEqualTo(all.get(i).ids());
      assertThat(best.text(i)).isEqualTo(all.get(i).text());
      assertThat(best.finished(i).score()).isCloseTo(sum(all.get(i)), within(1e-4));
      assertThat(best.finished(i).usage().completionTokens()).isEqualTo(9);
    }
    assertThat(best.logprobs()).isEmpty();
    assertThat(sum(all.get(0))).isGreaterThan(sum(all.get(5)));
  }

  @Test
  void logProbabilitiesComeOnlyWhenAskedFor() {
    RecordingSink best = run(request(1, 4, 3));

    assertThat(best.logprobs()).hasSize(9).allMatch(logprob -> logprob.top().size() == 3);
  }

  @Test
  void nothingComesBeforeAllHaveEnded() {
    FakeModelRunner runner = new FakeModelRunner(2, 64);
    Harness harness = new Harness(runner);
    RecordingSink sink = harness.submit(request(1, 5, null));
    runner.beforeRun(() -> assertThat(sink.ids()).isEmpty());
    harness.closeInbox();
    harness.run();

    assertThat(sink.ids(0)).hasSize(9);
    assertThat(runner.usedSlots()).isZero();
  }

  @Test
  void asManyAsAreReturnedComeAsTheyAre() {
    RecordingSink sink = run(request(3, 3, null));

    assertThat(sink.ids())
        .isEqualTo(run(Requests.request(3, SAMPLING, StopOptions.after(9), 1, 2)).ids());
    assertThat(sink.finished(0).score()).isNull();
  }

  @Test
  void aFailureEndsAllOfThem() {
    FakeModelRunner runner = new FakeModelRunner(2, 64);
    Harness harness = new Harness(runner);
    RecordingSink sink = harness.submit(request(1, 5, null));
    runner.beforeRun(
        () -> {
          if (runner.runs().size() == 3) {
            throw new WeftException.Internal("broken", null);
          }
        });
    harness.closeInbox();
    harness.run();

    assertThat(sink.failure()).hasMessage("broken");
    assertThat(sink.ids()).isEmpty();
  }

  private static GenerationRequest request(int n, int bestOf, Integer topLogprobs) {
    return new GenerationRequest(
        Prompt.of(1, 2),
        n,
        SAMPLING,
        StopOptions.after(9),
        new OutputOptions(topLogprobs, false, false),
        "",
        bestOf,
        null);
  }

  private static RecordingSink run(GenerationRequest request) {
    return Harness.alone(request, 64);
  }

  /** Each sequence in one delta. */
  private static List<Delta> deltas(GenerationRequest request) {
    RecordingSink sink = run(request);
    return IntStream.range(0, request.n())
        .mapToObj(i -> new Delta(i, sink.ids(i), sink.text(i), sink.logprobs(i)))
        .toList();
  }

  private static double sum(Delta delta) {
    return delta.logprobs().stream()
        .map(TokenLogprob::token)
        .mapToDouble(TokenLogprob.Entry::logprob)
        .sum();
  }
}
