package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The prefix cache in an engine, whose model checks that each block follows the right tokens. */
@Timeout(20)
class PrefixReuseTest {
  private static final int CAPACITY = 200;

  private final FakeModelRunner runner = new FakeModelRunner(4, CAPACITY, 8);
  private final Harness harness = new Harness(runner);

  @Test
  void theSecondTurnOfAChatPrefillsOnlyWhatIsNew() {
    // 40 + 20 - 1 tokens stay: 3 blocks, of which the last has 8 tokens of the answer.
    int[] first = tokens(40);
    List<RecordingSink> sinks = new ArrayList<>();
    RecordingSink turn = new RecordingSink(() -> {}, () -> second(first, sinks));
    sinks.add(turn);
    harness.submit(Requests.greedy(20, first), Generation.NO_DEADLINE, turn);
    harness.run();

    GenerationRequest second = Requests.greedy(5, secondPrompt(first, turn));
    assertThat(sinks.get(1).ids(0)).isEqualTo(Harness.alone(second, CAPACITY).ids(0));
    assertThat(turn.cachedTokens()).isZero();
    assertThat(sinks.get(1).cachedTokens()).isEqualTo(48);
    assertThat(sinks.get(1).finished(0).usage().cachedTokens()).isEqualTo(48);
    assertThat(sinks.get(1).finished(0).usage().promptTokens()).isEqualTo(63);
    assertThat(runner.restored()).isEqualTo(3);
    assertThat(counter("prompt.tokens")).isEqualTo(40 + 15);
    assertThat(counter("prefix.cache.hits")).isEqualTo(48);
    assertThat(counter("prefix.cache.misses")).isEqualTo(40 + 15);
    assertThat(harness.registry().get("weft.generator.prefix.cache.bytes").gauge().value())
        .isEqualTo(400);
    assertThat(evictions()).isZero();
  }

  private void second(int[] first, List<RecordingSink> sinks) {
    sinks.add(harness.submit(Requests.greedy(5, secondPrompt(first, sinks.getFirst()))));
    harness.closeInbox();
  }

  private static int[] secondPrompt(int[] first, RecordingSink turn) {
    IntStream answer = turn.ids(0).stream().mapToInt(i -> i);
    return IntStream.concat(IntStream.concat(IntStream.of(first), answer), IntStream.of(1, 2, 3))
        .toArray();
  }

  @Test
  void theLastTokenOfAPromptAlwaysRuns() {
    List<RecordingSink> sinks =
        inTurn(Requests.greedy(3, tokens(32)), Requests.greedy(3, tokens(32)));

    assertThat(sinks.get(1).cachedTokens()).isEqualTo(16);
    assertThat(sinks.get(1).ids()).isEqualTo(sinks.get(0).ids());
  }

  @Test
  void tenantsShareNothing() {
    GenerationRequest request = Requests.greedy(3, tokens(40));
    List<RecordingSink> sinks =
        inTurn(
            Requests.of("a", request),
            Requests.of("b", request),
            Requests.of("", request),
            Requests.of("b", request));

    assertThat(sinks).extracting(RecordingSink::cachedTokens).containsExactly(0, 0, 0, 32);
    assertThat(sinks).allSatisfy(sink -> assertThat(sink.ids()).isEqualTo(sinks.get(0).ids()));
  }

  @Test
  void theLeastRecentlyUsedMakesRoom() {
    GenerationRequest one = Requests.greedy(1, tokens(60));
    GenerationRequest other = Requests.greedy(1, IntStream.range(0, 60).map(i -> i % 7).toArray());
    GenerationRequest third = Requests.greedy(1, IntStream.range(0, 60).map(i -> i % 5).toArray());
    List<RecordingSink> sinks = inTurn(one, other, one, third, one, other);

    // Each has 3 blocks; the third takes the place of the last block of the other.
    assertThat(sinks).extracting(RecordingSink::cachedTokens).containsExactly(0, 0, 48, 0, 48, 32);
    assertThat(evictions()).isEqualTo(2);
  }

  @Test
  void severalSequencesOfOnePromptKeepTheirOwnAnswers() {
    GenerationRequest request = Requests.sampled(7, 3, 30, tokens(20));
    List<RecordingSink> sinks = inTurn(request, request);

    assertThat(sinks.get(0).ids()).isEqualTo(Harness.alone(request, CAPACITY).ids());
    assertThat(sinks.get(1).ids()).isEqualTo(sinks.get(0).ids());
    assertThat(sinks.get(1).cachedTokens()).isEqualTo(16);
  }

  @Test
  void brokenLogitsLeaveNothingBehind() {
    SamplingOptions poison =
        new SamplingOptions(0, 0, 1, 0, 1, Map.of(FakeModelRunner.POISON, 100f));
    GenerationRequest request = Requests.greedy(3, tokens(40));
    List<RecordingSink> sinks =
        inTurn(request, Requests.request(1, poison, StopOptions.after(9), tokens(40)), request);

    assertThat(sinks.get(1).failure()).hasMessageContaining("not finite");
    assertThat(sinks).extracting(RecordingSink::cachedTokens).containsExactly(0, 32, 0);
  }

  /** Each request comes when the one before it has ended. */
  private List<RecordingSink> inTurn(GenerationRequest... requests) {
    List<RecordingSink> sinks = new ArrayList<>();
    next(List.of(requests), sinks);
    harness.run();
    assertThat(sinks).hasSize(requests.length).allMatch(RecordingSink::isEnded);
    assertThat(runner.usedSlots()).isZero();
    return sinks;
  }

  private void next(List<GenerationRequest> requests, List<RecordingSink> sinks) {
    if (sinks.size() == requests.size()) {
      harness.closeInbox();
      return;
    }
    RecordingSink sink = new RecordingSink(() -> {}, () -> next(requests, sinks));
    harness.submit(requests.get(sinks.size()), Generation.NO_DEADLINE, sink);
    sinks.add(sink);
  }

  private double counter(String name) {
    return harness.registry().get("weft.generator." + name).counter().count();
  }

  private double evictions() {
    return harness
        .registry()
        .get("weft.generator.prefix.cache.evictions")
        .functionCounter()
        .count();
  }

  private static int[] tokens(int count) {
    return IntStream.range(0, count).map(i -> (i * 11 + 3) % FakeModelRunner.POISON).toArray();
  }
}
