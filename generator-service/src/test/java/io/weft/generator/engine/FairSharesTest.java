package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What tenants get when all of them always want more, and what one gets that wants little. */
@Timeout(120)
class FairSharesTest {
  private static final int SLOTS = 4;
  private static final int CAPACITY = 48;
  private static final int RUNS = 6_000;
  private static final int BACKLOG = 20;

  private final FakeModelRunner runner = new FakeModelRunner(SLOTS, CAPACITY);
  private final Harness harness = new Harness(runner);

  /** Tokens of prompts, and twice those generated, by tenant. */
  private final Map<String, Long> served = new TreeMap<>();

  /** Runs of the model from arrival to start, by tenant. */
  private final Map<String, List<Integer>> waits = new TreeMap<>();

  private boolean over;
  private int open;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whoeverWantsMoreGetsTheSameAndWhoWantsLittleGetsItSoon(long seed) {
    Random random = new Random(seed);
    List<String> hungry = List.of("long prompts", "long answers", "many sequences", "small");
    runner.beforeRun(
        () -> {
          if (!over && runner.runs().size() % 100 == 0) {
            submit("modest", random);
          }
          if (!over && runner.runs().size() >= RUNS) {
            over = true;
            harness.closeInbox();
          }
        });
    for (String tenant : hungry) {
      for (int i = 0; i < BACKLOG; i++) {
        submit(tenant, random);
      }
    }
    harness.run();

    assertThat(open).isZero();
    assertThat(runner.usedSlots()).isZero();
    Map<String, Long> shares = new TreeMap<>(served);
    shares.remove("modest");
    assertThat(Collections.max(shares.values()))
        .as("most served of %s", served)
        .isLessThan((long) (1.15 * Collections.min(shares.values())));
    // A slot is free at the latest when a sequence has filled it.
    assertThat(waits.get("modest"))
        .hasSizeGreaterThan(50)
        .allSatisfy(runs -> assertThat(runs).isLessThan(3 * CAPACITY));
    for (String tenant : hungry) {
      assertThat(Collections.max(waits.get(tenant)))
          .as("longest wait of %s", tenant)
          .isLessThan(RUNS / 2);
    }
  }

  private void submit(String tenant, Random random) {
    open++;
    int arrived = runner.runs().size();
    GenerationRequest request = Requests.of(tenant, request(tenant, random));
    harness.submit(
        request,
        Generation.NO_DEADLINE,
        new EventSink() {
          @Override
          public void emit(GenerationEvent event) {
            switch (event) {
              case GenerationEvent.Accepted _ -> {
                int wait = runner.runs().size() - arrived;
                waits.computeIfAbsent(tenant, _ -> new ArrayList<>()).add(wait);
                serve(tenant, request.prompt().length());
              }
              case GenerationEvent.Delta delta -> serve(tenant, 2 * delta.ids().size());
              case GenerationEvent.Finished _ -> {}
            }
          }

          @Override
          public void complete() {
            open--;
            if (!over && !tenant.equals("modest")) {
              submit(tenant, random);
            }
          }

          @Override
          public void fail(io.weft.runtime.error.WeftException failure) {
            throw new IllegalStateException(failure);
          }
        });
  }

  /** Only what is served while everybody wants more counts. */
  private void serve(String tenant, int tokens) {
    if (!over) {
      served.merge(tenant, (long) tokens, Long::sum);
    }
  }

  private static GenerationRequest request(String tenant, Random random) {
    return switch (tenant) {
      case "long prompts" -> request(1, 20 + random.nextInt(20), 1 + random.nextInt(4), random);
      case "long answers" -> request(1, 1 + random.nextInt(4), 20 + random.nextInt(20), random);
      case "many sequences" -> request(1 + random.nextInt(8), 4, 1 + random.nextInt(12), random);
      default -> request(1, 1 + random.nextInt(4), 1 + random.nextInt(6), random);
    };
  }

  private static GenerationRequest request(int n, int prompt, int tokens, Random random) {
    return Requests.request(
        n,
        SamplingOptions.likeliest(),
        StopOptions.after(tokens),
        random.ints(prompt, 0, FakeModelRunner.POISON).toArray());
  }
}
