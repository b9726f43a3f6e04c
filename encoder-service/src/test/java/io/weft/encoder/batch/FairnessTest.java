package io.weft.encoder.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weft.encoder.testing.FakeEncoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A bulk job and single queries. */
@Timeout(30)
class FairnessTest {
  private static final int BUDGET = 64;
  private final BatchQueue queue = new BatchQueue(BUDGET, System::nanoTime);
  private final BatchMetrics metrics = new BatchMetrics(new SimpleMeterRegistry(), "fake", queue);

  /** With both lanes held in the bulk job for good, every query still gets its answer. */
  @Test
  void queriesDoNotWaitForTheRunsOfABulkJob() throws InterruptedException {
    Semaphore runs = new Semaphore(0);
    CountDownLatch held = new CountDownLatch(2);
    List<Thread> loops = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      loops.add(
          start(
              Lane.BULK,
              new FakeEncoder(
                  _ -> {
                    held.countDown();
                    runs.acquireUninterruptibly();
                  })));
    }
    loops.add(start(Lane.EXPRESS, new FakeEncoder()));
    Submission<Integer> bulk = submission(10_000);
    queue.add(bulk);
    held.await();

    for (int i = 0; i < 100; i++) {
      Submission<Integer> query = submission(1);
      queue.add(query);
      assertThat(query.await(System.nanoTime())).containsExactly(new Outcome.Done<>(16));
    }

    assertThat(bulk.queueTimeNs()).isPresent();
    runs.release(10_000);
    assertThat(bulk.await(System.nanoTime()))
        .hasSize(10_000)
        .allMatch(new Outcome.Done<>(16)::equals);
    queue.close();
    for (Thread loop : loops) {
      loop.join();
    }
  }

  private Thread start(Lane lane, FakeEncoder encoder) {
    return Thread.ofPlatform()
        .start(new EncoderLoop("fake", encoder, queue, lane, metrics, System::nanoTime));
  }

  private static Submission<Integer> submission(int sequences) {
    return new Submission<>(
        Collections.nCopies(sequences, FakeEncoder.sequence(7, 16)),
        states -> states.tokens(),
        System.nanoTime(),
        Submission.NO_DEADLINE);
  }
}
