package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.sampling.SamplingOptions;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How inputs of encoder-decoders share the engine with what decodes. */
class EncoderSchedulingTest {
  private static final int START = 7;

  private final FakeModelRunner runner = new FakeModelRunner(3, 48);
  private final Harness harness = new Harness(runner);

  @Test
  void encodesTheInputOnceAndDecodesFromTheStartToken() {
    RecordingSink sink = harness.submit(greedy(3, 1, 2, 3, 4, 5, 6, 8, 9, 10));
    run();

    assertThat(runner.runs()).containsExactly("encode 9", "prefill 1", "decode 1", "decode 1");
    assertThat(sink.ids(0)).isEqualTo(expected(3, 1, 2, 3, 4, 5, 6, 8, 9, 10));
    assertThat(sink.finished(0).usage().promptTokens()).isEqualTo(9);
    assertThat(sink.promptTokens()).isEqualTo(9);
  }

  @Test
  void siblingsShareOneReadingOfTheInput() {
    GenerationRequest request =
        Requests.request(
            3,
            new SamplingOptions(1, 0, 1, 0, 3, Map.of()),
            StopOptions.after(5),
            Prompt.ofInput(Prompt.of(4, 5, 6), START));
    // Holds a slot that the third sibling gets later, beside those that run.
    harness.submit(greedy(3, 9));
    RecordingSink sink = harness.submit(request);
    run();

    assertThat(runner.runs().subList(0, 8))
        .containsExactly(
            "encode 1",
            "prefill 1",
            "decode 1",
            "encode 3",
            "decode 1 beside 1",
            "decode 2",
            "decode 2 beside 1",
            "decode 3");
    assertThat(runner.runs().subList(8, runner.runs().size())).allMatch(r -> r.startsWith("dec"));
    assertThat(sink.ids()).isEqualTo(Harness.alone(request, 48).ids()).hasSize(3);
  }

  @Test
  void aLongInputHasATurnOfItsOwnBetweenDecodeRuns() {
    harness.submit(greedy(8, 1));
    harness.submit(greedy(2, 1, 2, 3, 4, 5, 6));
    harness.submit(greedy(2, 1, 2, 3, 4, 5));
    run();

    assertThat(runner.runs())
        .containsExactly(
            "encode 1",
            "prefill 1",
            "decode 1",
            "encode 6",
            "decode 1 beside 1",
            "encode 5",
            "decode 2",
            "decode 1 beside 1",
            "decode 2",
            "decode 1",
            "decode 1");
  }

  @Test
  void countsTheInputAsWaitingUntilItIsRead() {
    List<Long> waiting = new ArrayList<>();
    runner.beforeRun(() -> waiting.add(harness.load().waitingTokens()));
    harness.submit(greedy(3, 1, 2, 3, 4, 5));
    assertThat(harness.load().waitingTokens()).isEqualTo(5);
    run();

    // The start token waits with its input.
    assertThat(waiting).containsExactly(6L, 1L, 0L, 0L);
    assertThat(harness.registry().get("weft.generator.encode.time").timer().count()).isEqualTo(1);
    assertThat(harness.registry().get("weft.generator.prompt.tokens").counter().count())
        .isEqualTo(6);
  }

  @Test
  void anEncoderThatFailsEndsItsRequestAndNoOther() {
    runner.beforeRun(
        () -> {
          if (runner.runs().getLast().equals("encode 2")) {
            throw new WeftException.Internal("broken", null);
          }
        });
    RecordingSink before = harness.submit(greedy(5, 1));
    RecordingSink broken = harness.submit(greedy(5, 1, 2));
    RecordingSink after = harness.submit(greedy(5, 1, 2, 3));
    run();

    assertThat(broken.failure()).hasMessage("broken");
    assertThat(before.ids(0)).isEqualTo(expected(5, 1));
    assertThat(after.ids(0)).isEqualTo(expected(5, 1, 2, 3));
    assertThat(runner.usedSlots()).isZero();
  }

  @Test
  void aRequestThatIsCancelledBetweenEncoderAndDecoderLeavesNothing() {
    Generation[] generation = new Generation[1];
    runner.beforeRun(
        () -> {
          if (runner.runs().getLast().equals("encode 2")) {
            generation[0].cancel();
          }
        });
    RecordingSink sink = new RecordingSink();
    generation[0] = harness.submit(greedy(5, 1, 2), Generation.NO_DEADLINE, sink);
    run();

    assertThat(sink.failure()).isInstanceOf(WeftException.Cancelled.class);
    assertThat(runner.runs()).containsExactly("encode 2");
    assertThat(runner.usedSlots()).isZero();
  }

  private void run() {
    harness.closeInbox();
    harness.run();
  }

  private static GenerationRequest greedy(int maxTokens, int... input) {
    return Requests.request(
        1,
        SamplingOptions.likeliest(),
        StopOptions.after(maxTokens),
        Prompt.ofInput(Prompt.of(input), START));
  }

  private static List<Integer> expected(int count, int... input) {
    List<Integer> read = new ArrayList<>();
    for (int id : input) {
      read.add(id);
    }
    read.add(START);
    for (int i = 0; i < count; i++) {
      read.add(FakeModelRunner.greedy(read));
    }
    return read.subList(input.length + 1, read.size());
  }
}
