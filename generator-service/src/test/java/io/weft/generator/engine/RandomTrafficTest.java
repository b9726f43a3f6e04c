package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.engine.BeamOptions.EarlyStopping;
import io.weft.generator.sampling.Penalties;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold whatever comes, ends and leaves in whatever order. */
@Timeout(120)
class RandomTrafficTest {
  private static final int CAPACITY = 48;
  private static final Penalties PENALTIES = new Penalties(1.2f, 0.3f, 0.1f, 3);
  private static final int REQUESTS = 150;
  private static final List<String> TENANTS = List.of("", "a", "b");

  private static final Logger STEPS = Logger.getLogger(StepRunner.class.getName());

  private final List<Request> requests = new ArrayList<>();
  private final List<Integer> accepted = new ArrayList<>();
  private int open;

  /** A request with what a test knows of it. */
  private record Request(GenerationRequest request, RecordingSink sink, Generation generation) {}

  /** The steps that fail here would fill the log. */
  @BeforeAll
  static void quiet() {
    STEPS.setLevel(Level.OFF);
  }

  @AfterAll
  static void loud() {
    STEPS.setLevel(null);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void everyRequestEndsOnceWithItsOwnTokensAndNoSlotLeaks(long seed) {
    Random random = new Random(seed);
    int slots = 1 + random.nextInt(6);
    FakeModelRunner runner = new FakeModelRunner(slots, CAPACITY, random.nextInt(12));
    Harness harness = new Harness(runner);
    runner.beforeRun(
        () -> {
          harness.clock().addAndGet(1 + random.nextInt(10));
          // Bursts: more than the engine can do for a while, then less.
          boolean busy = runner.runs().size() / 200 % 2 == 0;
          if (random.nextInt(busy ? 4 : 12) == 0) {
            arrive(harness, random);
          }
          if (random.nextInt(30) == 0) {
            requests.get(random.nextInt(requests.size())).generation().cancel();
          }
          if (random.nextInt(150) == 0) {
            throw new WeftException.Internal("a failed run", null);
          }
        });
    arrive(harness, random);
    harness.run();

    assertThat(requests).hasSize(REQUESTS);
    assertThat(requests).allMatch(request -> request.sink().isEnded());
    assertThat(runner.usedSlots()).isZero();
    assertThat(runner.isClosed()).isTrue();
    assertThat(harness.load()).isEqualTo(new EngineLoad(0, 0, slots, 0, 0));
    assertStartedInOrder();
    assertOutcomes();
  }

  /** Of one tenant, short prompts begin in order, and so do long ones. */
  private void assertStartedInOrder() {
    accepted.stream()
        .collect(
            Collectors.groupingBy(
                number -> {
                  GenerationRequest request = requests.get(number).request();
                  boolean isShort = request.prompt().length() <= 2 * Harness.CHUNK;
                  return request.tenant() + (isShort ? " short" : " long");
                }))
        .forEach((kind, numbers) -> assertThat(numbers).as("start of %s", kind).isSorted());
  }

  private void arrive(Harness harness, Random random) {
    if (requests.size() == REQUESTS) {
      return;
    }
    long deadline =
        random.nextInt(5) == 0
            ? harness.clock().get() + random.nextInt(2_000)
            : Generation.NO_DEADLINE;
    GenerationRequest request = request(random, harness.runner().slots());
    open++;
    int number = requests.size();
    RecordingSink sink =
        new RecordingSink(() -> accepted.add(number), () -> ended(harness, random));
    Generation generation = harness.submit(request, deadline, sink);
    requests.add(new Request(request, sink, generation));
    if (requests.size() == REQUESTS) {
      harness.closeInbox();
    }
  }

  /** An idle engine waits for a request: one must come. */
  private void ended(Harness harness, Random random) {
    open--;
    if (open == 0) {
      arrive(harness, random);
    }
  }

  private void assertOutcomes() {
    int complete = 0;
    for (Request request : requests) {
      if (request.sink().isComplete()) {
        complete++;
        assertThat(request.sink().ids())
            .isEqualTo(Harness.alone(request.request(), CAPACITY).ids())
            .hasSize(request.request().n());
      } else {
        assertThat(request.sink().failure())
            .isInstanceOfAny(
                WeftException.Cancelled.class,
                WeftException.DeadlineExceeded.class,
                WeftException.Internal.class);
      }
    }
    assertThat(complete).isBetween(REQUESTS / 5, REQUESTS - 1);
  }

  private static GenerationRequest request(Random random, int slots) {
    int length = 1 + random.nextInt(random.nextBoolean() ? 5 : CAPACITY - 1);
    int[] prompt = random.ints(length, 0, FakeModelRunner.POISON).toArray();
    // Many begin alike.
    Arrays.fill(prompt, 0, random.nextInt(length + 1), random.nextInt(2));
    int maxTokens = 1 + random.nextInt(CAPACITY - length);
    Set<Integer> ends = random.nextInt(3) == 0 ? Set.of(random.nextInt(30)) : Set.of();
    StopOptions stop =
        new StopOptions(
            maxTokens,
            random.nextInt(4) == 0 ? random.nextInt(maxTokens + 1) : 0,
            random.nextInt(3) == 0 ? List.of("a", "bc") : List.of(),
            ends,
            random.nextBoolean());
    SamplingOptions sampling =
        random.nextBoolean()
            ? SamplingOptions.likeliest()
            : new SamplingOptions(1, 0, 1, 0, random.nextLong(), Map.of());
    if (random.nextInt(6) == 0) {
      sampling = new SamplingOptions(1, 0, 1, 0, 1, PENALTIES, random.nextLong(), Map.of());
    }
    int n = random.nextInt(4) == 0 ? 1 + random.nextInt(8) : 1;
    Prompt given = Prompt.of(prompt);
    boolean encoded = random.nextInt(3) == 0;
    GenerationRequest request =
        Requests.request(n, sampling, stop, encoded ? Prompt.ofInput(given, 7) : given);
    return Requests.of(
        TENANTS.get(random.nextInt(TENANTS.size())),
        switch (random.nextInt(8)) {
          case 0 -> Requests.bestOf(n + random.nextInt(4), request);
          case 1 -> beams(random, slots, request);
          default -> request;
        });
  }

  private static GenerationRequest beams(Random random, int slots, GenerationRequest request) {
    int numBeams = 1 + random.nextInt(slots);
    StopOptions stop = request.stop();
    return Requests.beams(
        new BeamOptions(
            numBeams,
            random.nextInt(3) - 1,
            EarlyStopping.values()[random.nextInt(EarlyStopping.values().length)]),
        Requests.request(
            1 + random.nextInt(numBeams),
            request.sampling(),
            new StopOptions(stop.maxTokens(), stop.minTokens(), List.of(), stop.endIds(), false),
            request.prompt()));
  }
}
