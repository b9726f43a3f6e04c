package io.weft.encoder.batch;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weft.encoder.model.SequenceStates;
import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.task.EncoderTask;
import io.weft.encoder.testing.FakeEncoder;
import io.weft.runtime.error.WeftException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class EncoderLoopTest {
  private static final int POISON = 666;

  private final AtomicLong clock = new AtomicLong(1_000);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final BatchQueue queue = new BatchQueue(100, clock::get);
  private Thread thread;

  @AfterEach
  void stop() throws InterruptedException {
    queue.close();
    if (thread != null) {
      thread.join();
    }
  }

  @Test
  void answersEverySequenceInTheOrderOfTheRequest() {
    Submission<Float> request = add(sequence(3, 1), sequence(4, 9), sequence(5, 4));
    start(new FakeEncoder());

    assertThat(request.await(0))
        .containsExactly(new Outcome.Done<>(3f), new Outcome.Done<>(4f), new Outcome.Done<>(5f));
  }

  @Test
  void aFailingBatchFailsOnlyTheSequenceAtFault() {
    FakeEncoder encoder =
        new FakeEncoder(
            batch -> {
              if (batch.stream().anyMatch(sequence -> sequence.id(0) == POISON)) {
                throw new IllegalStateException("broken kernel");
              }
            });
    Submission<Float> innocent = add(sequence(1, 2), sequence(2, 2));
    Submission<Float> guilty = add(sequence(POISON, 2));
    start(encoder);

    assertThat(innocent.await(0)).containsExactly(new Outcome.Done<>(1f), new Outcome.Done<>(2f));
    assertThat(guilty.await(0)).singleElement().satisfies(EncoderLoopTest::isInternal);
    assertThat(add(sequence(3, 1)).await(0)).containsExactly(new Outcome.Done<>(3f));
  }

  @Test
  void goesOnAfterAnError() {
    AtomicLong runs = new AtomicLong();
    start(
        new FakeEncoder(
            _ -> {
              if (runs.incrementAndGet() == 1) {
                throw new OutOfMemoryError("no more room");
              }
            }));

    assertThat(add(sequence(1, 1)).await(0)).singleElement().satisfies(EncoderLoopTest::isInternal);
    assertThat(add(sequence(2, 1)).await(0)).containsExactly(new Outcome.Done<>(2f));
  }

  @Test
  void aTaskThatFailsFailsItsSequenceOnly() {
    Submission<Float> request =
        add(
            states -> {
              if (firstValue(states) == POISON) {
                throw new IllegalStateException("no such label");
              }
              return firstValue(states);
            },
            sequence(1, 1),
            sequence(POISON, 1));
    start(new FakeEncoder());

    assertThat(request.await(0).get(0)).isEqualTo(new Outcome.Done<>(1f));
    assertThat(request.await(0).get(1)).satisfies(EncoderLoopTest::isInternal);
  }

  @Test
  void outputThatIsNotFiniteFailsItsSequenceOnly() {
    Submission<Float> request =
        add(
            sequence(1, 2),
            sequence(FakeEncoder.INFINITE, 2),
            sequence(2, 2),
            sequence(FakeEncoder.NAN, 1));
    start(new FakeEncoder());

    List<Outcome<Float>> outcomes = request.await(0);
    assertThat(outcomes).contains(new Outcome.Done<>(1f), new Outcome.Done<>(2f));
    assertThat(outcomes.get(1)).satisfies(EncoderLoopTest::isInternal);
    assertThat(outcomes.get(3)).satisfies(EncoderLoopTest::isInternal);
  }

  @Test
  void closingTheQueueEndsTheLoopAndClosesTheEncoder() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    FakeEncoder encoder =
        new FakeEncoder(
            _ -> {
              running.countDown();
              awaitQuietly(release);
            });
    Submission<Float> request = add(sequence(1, 60), sequence(2, 60));
    start(encoder);
    running.await();
    queue.close();
    release.countDown();
    thread.join();

    assertThat(encoder.isClosed()).isTrue();
    assertThat(encoder.batches()).hasSize(1);
    assertThatThrownBy(() -> request.await(0)).isInstanceOf(WeftException.Unavailable.class);
  }

  @Test
  void aLoopThatEndsUnexpectedlyLeavesNobodyWaiting() throws InterruptedException {
    start(new FakeEncoder());
    thread.interrupt();
    thread.join();

    assertThatThrownBy(() -> add(sequence(1, 1)).await(0))
        .isInstanceOf(WeftException.Unavailable.class);
  }

  @Test
  void measuresBatches() {
    Submission<Float> request = add(sequence(1, 10), sequence(2, 20));
    clock.addAndGet(500);
    start(new FakeEncoder(_ -> clock.addAndGet(7_000)));
    request.await(0);

    assertThat(registry.get("weft.encoder.batch.sequences").tag("model", "fake").summary())
        .satisfies(summary -> assertThat(summary.totalAmount()).isEqualTo(2));
    assertThat(registry.get("weft.encoder.batch.tokens").summary().totalAmount()).isEqualTo(30);
    assertThat(registry.get("weft.encoder.queue.time").timer().totalTime(NANOSECONDS))
        .isEqualTo(1_000);
    assertThat(registry.get("weft.encoder.run.time").timer().totalTime(NANOSECONDS))
        .isEqualTo(7_000);
    assertThat(registry.get("weft.encoder.queue.tokens").gauge().value()).isZero();
    assertThat(request.queueTimeNs()).hasValue(500);
  }

  private void start(FakeEncoder encoder) {
    thread =
        Thread.ofPlatform()
            .start(
                new EncoderLoop(
                    "fake",
                    encoder,
                    queue,
                    Lane.BULK,
                    new BatchMetrics(registry, "fake", queue),
                    clock::get));
  }

  private Submission<Float> add(TokenSequence... sequences) {
    return add(EncoderLoopTest::firstValue, sequences);
  }

  private Submission<Float> add(EncoderTask<Float> task, TokenSequence... sequences) {
    Submission<Float> submission =
        new Submission<>(List.of(sequences), task, clock.get(), Submission.NO_DEADLINE);
    queue.add(submission);
    return submission;
  }

  private static TokenSequence sequence(int id, int length) {
    return FakeEncoder.sequence(id, length);
  }

  private static Float firstValue(SequenceStates states) {
    float[] row = new float[states.hiddenSize()];
    states.copyToken(0, row);
    return row[0];
  }

  private static void isInternal(Outcome<Float> outcome) {
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed -> assertThat(failed.failure()).isInstanceOf(WeftException.Internal.class));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
