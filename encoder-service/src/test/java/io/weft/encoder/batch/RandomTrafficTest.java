package io.weft.encoder.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.testing.FakeEncoder;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What must hold whatever comes in whatever order. */
@Timeout(60)
class RandomTrafficTest {
  private static final int BUDGET = 64;

  /** A request with what a test knows of it. */
  private record Request(Submission<Integer> submission, List<TokenSequence> sequences) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void everySequenceOfEveryWaitingRequestRunsOnceWithinTheBudget(long seed)
      throws InterruptedException {
    Random random = new Random(seed);
    AtomicLong clock = new AtomicLong();
    BatchQueue queue = new BatchQueue(BUDGET, clock::get);
    List<Request> requests = new ArrayList<>();
    Map<QueueEntry, Integer> runs = new HashMap<>();
    FakeEncoder encoder = new FakeEncoder();

    for (int step = 0; step < 600; step++) {
      clock.incrementAndGet();
      switch (random.nextInt(4)) {
        case 0 -> {
          Request request = request(random, clock.get());
          requests.add(request);
          queue.add(request.submission());
        }
        case 1 -> {
          if (!requests.isEmpty() && random.nextInt(8) == 0) {
            requests
                .get(random.nextInt(requests.size()))
                .submission()
                .end(new WeftException.Cancelled("test"));
          }
        }
        default -> {
          if (wanted(requests, clock.get())) {
            runOne(queue, encoder, clock.get(), runs);
          }
        }
      }
    }
    while (wanted(requests, clock.get())) {
      runOne(queue, encoder, clock.get(), runs);
    }

    assertThat(runs.values()).allMatch(count -> count == 1);
    assertAnswered(requests, clock.get());
    queue.close();
    assertThat(queue.tokens()).isZero();
  }

  @Test
  void manyCallersAtOnceAllGetTheirOwnAnswers() throws Exception {
    BatchQueue queue = new BatchQueue(BUDGET, System::nanoTime);
    BatchMetrics metrics = new BatchMetrics(new SimpleMeterRegistry(), "fake", queue);
    List<FakeEncoder> encoders = new ArrayList<>();
    List<Thread> loops = new ArrayList<>();
    for (Lane lane : List.of(Lane.BULK, Lane.BULK, Lane.EXPRESS)) {
      FakeEncoder encoder = new FakeEncoder();
      encoders.add(encoder);
      loops.add(
          Thread.ofPlatform()
              .start(new EncoderLoop("fake", encoder, queue, lane, metrics, System::nanoTime)));
    }

    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> answered = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        answered.add(callers.submit(() -> call(queue)));
      }
      int total = 0;
      for (Future<Integer> future : answered) {
        total += future.get();
      }
      assertThat(total).isGreaterThan(500);
    } finally {
      queue.close();
      for (Thread loop : loops) {
        loop.join();
      }
    }
    for (FakeEncoder encoder : encoders) {
      assertThat(encoder.batches()).isNotEmpty().allSatisfy(RandomTrafficTest::assertWithinBudget);
      assertThat(encoder.isClosed()).isTrue();
    }
  }

  /**
   * One caller: sends a request, perhaps leaves at once, checks its answers, returns their number.
   */
  private static int call(BatchQueue queue) {
    Random random = ThreadLocalRandom.current();
    Request request = request(random, Submission.NO_DEADLINE, System.nanoTime());
    queue.add(request.submission());
    if (random.nextInt(5) == 0) {
      request.submission().end(new WeftException.Cancelled("test"));
    }
    try {
      assertRight(request, request.submission().await(System.nanoTime()));
      return request.sequences().size();
    } catch (WeftException.Cancelled e) {
      return 0;
    }
  }

  private static void runOne(
      BatchQueue queue, FakeEncoder encoder, long now, Map<QueueEntry, Integer> runs)
      throws InterruptedException {
    Batch batch = queue.take(Lane.BULK);
    queue.ran(Lane.BULK, batch);
    assertWithinBudget(batch.sequences());
    var states = encoder.run(batch.sequences());
    for (int i = 0; i < batch.entries().size(); i++) {
      QueueEntry entry = batch.entries().get(i);
      assertThat(entry.submission().isWanted(now)).isTrue();
      runs.merge(entry, 1, Integer::sum);
    }
    for (int i = 0; i < batch.entries().size(); i++) {
      batch.entries().get(i).answer(states.get(i));
    }
  }

  private static boolean wanted(List<Request> requests, long now) {
    return requests.stream().anyMatch(request -> request.submission().isWanted(now));
  }

  private static void assertWithinBudget(List<TokenSequence> batch) {
    int longest = batch.stream().mapToInt(TokenSequence::length).max().orElseThrow();
    assertThat(batch.size() == 1 || batch.size() * longest <= BUDGET)
        .as("%d sequences of up to %d tokens", batch.size(), longest)
        .isTrue();
  }

  /** Each request has all of its answers, or one reason why it has none. */
  private static void assertAnswered(List<Request> requests, long now) {
    int complete = 0;
    for (Request request : requests) {
      try {
        assertRight(request, request.submission().await(now));
        complete++;
      } catch (WeftException.Cancelled | WeftException.DeadlineExceeded e) {
        assertThat(request.submission().isWanted(now)).isFalse();
      }
    }
    assertThat(complete).isBetween(requests.size() / 4, requests.size() - 1);
  }

  private static void assertRight(Request request, List<Outcome<Integer>> outcomes) {
    List<Outcome<Integer>> expected = new ArrayList<>();
    for (TokenSequence sequence : request.sequences()) {
      expected.add(new Outcome.Done<>(1_000 * sequence.id(0) + sequence.length()));
    }
    assertThat(outcomes).isEqualTo(expected);
  }

  private static Request request(Random random, long now) {
    long deadline = random.nextInt(3) == 0 ? now + random.nextInt(1, 200) : Submission.NO_DEADLINE;
    return request(random, deadline, now);
  }

  private static Request request(Random random, long deadline, long now) {
    int count = random.nextInt(10) == 0 ? random.nextInt(1, 60) : 1;
    List<TokenSequence> sequences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sequences.add(
          FakeEncoder.sequence(random.nextInt(1, 10_000), random.nextInt(1, BUDGET + 10)));
    }
    Submission<Integer> submission =
        new Submission<>(
            sequences,
            states -> {
              float[] row = new float[states.hiddenSize()];
              states.copyToken(states.tokens() - 1, row);
              return 1_000 * (int) row[0] + (int) row[1] + 1;
            },
            now,
            deadline);
    return new Request(submission, sequences);
  }
}
