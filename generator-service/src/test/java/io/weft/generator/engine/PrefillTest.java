package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How prompts and decoding sequences share the time, on a clock that runs as a real model does. */
@Timeout(20)
class PrefillTest {
  private static final int CHUNK = 128;
  private static final int SLOTS = 16;

  /** SmolLM2-135M on two cores: a decode step of 8 takes 10 ms, a chunk of 128 takes 70 ms. */
  private static final long DECODE_NS = 2_500_000;

  private static final long ROW_NS = 950_000;
  private static final long RUN_NS = 1_500_000;
  private static final long TOKEN_NS = 540_000;

  private final FakeModelRunner runner = new FakeModelRunner(SLOTS, 4_096, 0, CHUNK);
  private final Harness harness = new Harness(runner, CHUNK);

  /** When each token of a sequence came. */
  private final class Times implements EventSink {
    final List<Long> ns = new ArrayList<>();
    private final RecordingSink recorded = new RecordingSink();

    @Override
    public void emit(GenerationEvent event) {
      recorded.emit(event);
      if (event instanceof GenerationEvent.Delta) {
        ns.add(harness.clock().get());
      }
    }

    @Override
    public void complete() {
      recorded.complete();
    }

    @Override
    public void fail(io.weft.runtime.error.WeftException failure) {
      recorded.fail(failure);
    }
  }

  @Test
  void aLongPromptAtMostHalvesTheSpeedOfWhatRuns() {
    long without = p99OfGaps(0);
    long with = new PrefillTest().p99OfGaps(2_000);

    assertThat(with).isGreaterThan(without).isLessThanOrEqualTo(2 * without);
  }

  /** Gaps between tokens of 8 streams, a prompt of so many tokens coming among them. */
  private long p99OfGaps(int promptTokens) {
    tick();
    List<Times> streams = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      streams.add(submit(900, 20));
    }
    Times late = new Times();
    onDecode(
        100,
        () -> {
          if (promptTokens > 0) {
            harness.submit(Requests.greedy(1, new int[promptTokens]), Generation.NO_DEADLINE, late);
          }
          harness.closeInbox();
        });
    harness.run();

    List<Long> gaps = new ArrayList<>();
    for (Times stream : streams) {
      assertThat(stream.ns).hasSize(900);
      long from = promptTokens == 0 ? Long.MIN_VALUE : stream.ns.get(99);
      long to = promptTokens == 0 ? Long.MAX_VALUE : late.ns.getFirst();
      for (int i = 60; i < 900; i++) {
        if (stream.ns.get(i) > from && stream.ns.get(i) <= to) {
          gaps.add(stream.ns.get(i) - stream.ns.get(i - 1));
        }
      }
    }
    Collections.sort(gaps);
    return gaps.get((int) (0.99 * (gaps.size() - 1)));
  }

  @Test
  void aLongPromptAloneRunsInFullChunks() {
    tick();
    submit(1, 1_000);
    harness.closeInbox();
    harness.run();

    List<String> expected = new ArrayList<>(Collections.nCopies(7, "prefill 128"));
    expected.add("prefill 104");
    assertThat(runner.runs()).isEqualTo(expected);
  }

  @Test
  void promptsTakeAtMostTwiceTheirTimeBesideWhatDecodes() {
    tick();
    List<Times> prompts = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      prompts.add(submit(100, 100));
    }
    harness.closeInbox();
    harness.run();

    long alone = RUN_NS + 100 * TOKEN_NS;
    assertThat(prompts.getFirst().ns.getFirst()).isEqualTo(alone);
    // Beside each part a decode step that is as long, and one after eight, and a few at the start,
    // to learn how long these are.
    assertThat(prompts.getLast().ns.getFirst()).isLessThan((2 * 8 + 1) * alone + 8 * 10_000_000);
  }

  @Test
  void aShortPromptOvertakesALongOne() {
    tick();
    Times running = submit(200, 20);
    Times first = submit(3, 2_000);
    Times second = submit(3, 2_000);
    List<Times> small = new ArrayList<>();
    onDecode(
        10,
        () -> {
          small.add(submit(3, 60));
          harness.closeInbox();
        });
    harness.run();

    long came = running.ns.get(10);
    // It has every other part, of 8 tokens beside one row.
    long steps = 2 * (60 / 8 + 1);
    assertThat(small.getFirst().ns.getFirst() - came)
        .isLessThan(steps * (DECODE_NS + ROW_NS + 8 * TOKEN_NS) + 20_000_000);
    assertThat(small.getFirst().ns.getFirst()).isLessThan(first.ns.getFirst());
    assertThat(first.ns.getFirst()).isLessThan(second.ns.getFirst());
    for (Times times : List.of(running, first, second, small.getFirst())) {
      assertThat(times.recorded.isComplete()).isTrue();
    }
    assertThat(first.recorded.ids(0))
        .isEqualTo(Harness.alone(Requests.greedy(3, new int[2_000]), 4_096).ids(0));
  }

  /** Short prompts without end do not keep a long one from its turn. */
  @Test
  void aLongPromptIsDoneWhileShortOnesKeepComing() {
    tick();
    Times prompt = submit(1, 2_000);
    int[] short_ = {0};
    Runnable another =
        new Runnable() {
          @Override
          public void run() {
            if (prompt.ns.isEmpty() && short_[0] < 2_000) {
              // Faster than they are done, so that there is always one.
              short_[0] += 2;
              submit(2, 100);
              submit(2, 100);
            } else {
              harness.closeInbox();
            }
          }
        };
    eachDecode(another);
    submit(2, 100);
    harness.run();

    assertThat(prompt.recorded.isComplete()).isTrue();
    assertThat(short_[0]).isBetween(16, 1_500);
  }

  private Times submit(int tokens, int promptTokens) {
    Times times = new Times();
    harness.submit(Requests.greedy(tokens, new int[promptTokens]), Generation.NO_DEADLINE, times);
    return times;
  }

  private void tick() {
    runner.beforeRun(this::advance);
  }

  private void onDecode(int number, Runnable action) {
    int[] decodes = {0};
    eachDecode(
        () -> {
          if (++decodes[0] == number) {
            action.run();
          }
        });
  }

  private void eachDecode(Runnable action) {
    runner.beforeRun(
        () -> {
          advance();
          if (runner.runs().getLast().startsWith("decode")) {
            action.run();
          }
        });
  }

  private void advance() {
    String[] run = runner.runs().getLast().split(" ");
    int size = Integer.parseInt(run[1]);
    int beside = run.length > 2 ? Integer.parseInt(run[3]) : 0;
    harness
        .clock()
        .addAndGet(
            run[0].equals("decode")
                ? DECODE_NS + size * ROW_NS + beside * TOKEN_NS
                : RUN_NS + size * TOKEN_NS);
  }
}
