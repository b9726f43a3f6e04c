package io.weft.encoder.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.testing.FakeEncoder;
import io.weft.runtime.error.WeftException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class BatchQueueTest {
  private final AtomicLong clock = new AtomicLong();
  private final BatchQueue queue = new BatchQueue(100, clock::get);

  @Test
  void fillsABatchUpToItsBudgetOfPlaces() throws InterruptedException {
    queue.add(request(30, 30, 30, 30));

    assertThat(lengths(queue.take(Lane.BULK))).containsExactly(30, 30, 30);
    assertThat(lengths(queue.take(Lane.BULK))).containsExactly(30);
  }

  @Test
  void countsPaddingInTheBudget() throws InterruptedException {
    queue.add(request(40));
    queue.add(request(5));
    queue.add(request(5));

    // Two rows of 40 places fit 100, three do not, though there are only 50 tokens.
    assertThat(lengths(queue.take(Lane.BULK))).containsExactly(40, 5);
    assertThat(lengths(queue.take(Lane.BULK))).containsExactly(5);
  }

  @Test
  void takesTheLongestOfARequestFirst() throws InterruptedException {
    queue.add(request(2, 50, 3, 49));

    assertThat(lengths(queue.take(Lane.BULK))).containsExactly(50, 49);
    assertThat(lengths(queue.take(Lane.BULK))).containsExactly(3, 2);
  }

  @Test
  void runsASequenceLongerThanTheBudgetAlone() throws InterruptedException {
    queue.add(request(1, 500));
    queue.add(request(1));

    assertThat(lengths(queue.take(Lane.BULK))).containsExactly(500);
    assertThat(lengths(queue.take(Lane.BULK))).containsExactly(1, 1);
  }

  @Test
  void oneRequestOfThousandsDoesNotHoldUpASingleQuery() throws InterruptedException {
    queue.add(request(IntStream.generate(() -> 10).limit(10_000).toArray()));
    queue.take(Lane.BULK);
    Submission<float[]> query = request(10);
    queue.add(query);

    Batch next = queue.take(Lane.BULK);
    assertThat(next.entries()).hasSize(10).extracting(QueueEntry::submission).contains(query);
  }

  @Test
  void requestsShareABatchEvenly() throws InterruptedException {
    Submission<float[]> a = request(20, 20, 20, 20, 20, 20);
    Submission<float[]> b = request(20, 20, 20, 20, 20, 20);
    queue.add(a);
    queue.add(b);

    assertThat(submissions(queue.take(Lane.BULK))).containsExactly(a, b, a, b, a);
    // The turn has passed on: b opens the next batch.
    assertThat(submissions(queue.take(Lane.BULK))).containsExactly(b, a, b, a, b);
  }

  @Test
  void aLongSequenceGetsItsTurnAmongManyShortOnes() throws InterruptedException {
    queue.add(request(IntStream.generate(() -> 10).limit(1_000).toArray()));
    Submission<float[]> lengthy = request(90);
    queue.add(lengthy);

    assertThat(submissions(queue.take(Lane.BULK))).doesNotContain(lengthy);
    assertThat(submissions(queue.take(Lane.BULK))).contains(lengthy);
  }

  @Test
  void leavesOutThoseWhoLeftOrWhoseTimeIsUp() throws InterruptedException {
    Submission<float[]> gone = request(1);
    Submission<float[]> late = submission(50, 2, 2);
    Submission<float[]> waiting = submission(51, 3);
    queue.add(gone);
    queue.add(late);
    queue.add(waiting);
    assertThat(queue.tokens()).isEqualTo(8);

    gone.end(new WeftException.Cancelled("gone"));
    clock.set(50);

    assertThat(submissions(queue.take(Lane.BULK))).containsExactly(waiting);
    assertThat(queue.tokens()).isZero();
    assertThatThrownBy(() -> late.await(50))
        .isInstanceOf(WeftException.DeadlineExceeded.class)
        .hasMessage("the deadline passed with 0 of 2 sequences done");
  }

  @Test
  void countsTheTokensThatWait() throws InterruptedException {
    queue.add(request(60, 60));
    queue.take(Lane.BULK);
    assertThat(queue.tokens()).isEqualTo(60);
  }

  @Test
  void closingTellsThoseWhoWaitAndThoseWhoCome() throws InterruptedException {
    Submission<float[]> before = request(1);
    queue.add(before);
    queue.close();
    Submission<float[]> after = request(1);
    queue.add(after);

    for (Submission<float[]> submission : List.of(before, after)) {
      assertThatThrownBy(() -> submission.await(0))
          .isInstanceOf(WeftException.Unavailable.class)
          .hasMessage("the encoder service is stopping");
    }
    assertThat(queue.take(Lane.BULK)).isNull();
    assertThat(queue.tokens()).isZero();
  }

  @Test
  void theExpressLaneTakesSmallRequestsWhileTheLanesRunALargeOne() throws InterruptedException {
    Submission<float[]> large = request(60, 60);
    queue.add(large);
    queue.take(Lane.BULK);
    Submission<float[]> query = request(150);
    queue.add(query);

    assertThat(submissions(queue.take(Lane.EXPRESS))).containsExactly(query);
    assertThat(submissions(queue.take(Lane.BULK))).containsExactly(large);
  }

  @Test
  void smallRequestsOnTheExpressLaneShareABatchWithinTheBudget() throws InterruptedException {
    queue.add(request(IntStream.generate(() -> 10).limit(1_000).toArray()));
    Submission<float[]> a = request(30, 30);
    Submission<float[]> b = request(20);
    queue.add(a);
    queue.add(b);

    assertThat(submissions(queue.take(Lane.EXPRESS))).containsExactly(a, b, a);
    assertThat(queue.tokens()).isEqualTo(10_000);
  }

  @Test
  void theExpressLaneWaitsWhileALaneRunsSmallRequests() throws Exception {
    queue.add(request(10));
    Batch first = queue.take(Lane.BULK);
    queue.add(request(20));
    CompletableFuture<Batch> express = inBackground(() -> queue.take(Lane.EXPRESS));

    assertThatThrownBy(() -> express.get(50, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    queue.ran(Lane.BULK, first);
    assertThat(lengths(express.get())).containsExactly(20);
  }

  @Test
  void aLaneTakesWhatTheExpressLaneLeaves() throws Exception {
    CompletableFuture<Batch> express = inBackground(() -> queue.take(Lane.EXPRESS));
    CompletableFuture<Batch> lane = inBackground(() -> queue.take(Lane.BULK));
    Thread.sleep(20);
    queue.add(request(60));
    queue.add(request(60));

    assertThat(lengths(express.get())).containsExactly(60);
    assertThat(lengths(lane.get())).containsExactly(60);
  }

  @Test
  void closingEndsBothKindsOfLanes() throws Exception {
    CompletableFuture<Batch> express = inBackground(() -> queue.take(Lane.EXPRESS));
    CompletableFuture<Batch> lane = inBackground(() -> queue.take(Lane.BULK));
    queue.close();

    assertThat(express.get()).isNull();
    assertThat(lane.get()).isNull();
  }

  private static CompletableFuture<Batch> inBackground(Callable<Batch> take) {
    CompletableFuture<Batch> taken = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                taken.complete(take.call());
              } catch (Exception e) {
                taken.completeExceptionally(e);
              }
            });
    return taken;
  }

  @Test
  void refusesABudgetOfNothing() {
    assertThatThrownBy(() -> new BatchQueue(0, clock::get))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Submission<float[]> request(int... lengths) {
    return submission(Submission.NO_DEADLINE, lengths);
  }

  private Submission<float[]> submission(long deadlineNs, int... lengths) {
    List<TokenSequence> sequences =
        Arrays.stream(lengths).mapToObj(length -> FakeEncoder.sequence(7, length)).toList();
    return new Submission<>(
        sequences, states -> new float[states.tokens()], clock.get(), deadlineNs);
  }

  private static List<Integer> lengths(Batch batch) {
    return batch.sequences().stream().map(TokenSequence::length).toList();
  }

  private static List<Submission<?>> submissions(Batch batch) {
    return batch.entries().stream().<Submission<?>>map(QueueEntry::submission).toList();
  }
}
