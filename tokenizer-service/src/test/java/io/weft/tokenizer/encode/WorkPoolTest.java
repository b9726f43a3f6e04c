package io.weft.tokenizer.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkPoolTest {
  @Test
  void keepsTheOrderOfThePieces() {
    try (WorkPool pool = new WorkPool(3)) {
      List<WorkPool.Piece<Integer>> pieces =
          IntStream.range(0, 50).mapToObj(i -> piece(() -> i)).toList();
      assertThat(pool.run(pieces, () -> false))
          .containsExactlyElementsOf(IntStream.range(0, 50).boxed().toList());
    }
  }

  @Test
  void aSmallRequestWaitsForFewPiecesOfABigOne() throws Exception {
    try (WorkPool pool = new WorkPool(1)) {
      List<String> done = Collections.synchronizedList(new ArrayList<>());
      CountDownLatch firstRuns = new CountDownLatch(1);
      CountDownLatch smallIsQueued = new CountDownLatch(1);
      List<WorkPool.Piece<Boolean>> big = new ArrayList<>();
      big.add(
          piece(
              () -> {
                firstRuns.countDown();
                smallIsQueued.await();
                return done.add("big");
              }));
      for (int i = 0; i < 100; i++) {
        big.add(piece(() -> done.add("big")));
      }
      Thread bigRequest = Thread.ofVirtual().start(() -> pool.run(big, () -> false));
      firstRuns.await();
      Thread smallRequest =
          Thread.ofVirtual()
              .start(() -> pool.run(List.of(piece(() -> done.add("small"))), () -> false));
      while (smallRequest.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      smallIsQueued.countDown();
      smallRequest.join();
      bigRequest.join();

      assertThat(done.indexOf("small")).isLessThanOrEqualTo(2);
      assertThat(done).hasSize(102);
    }
  }

  @Test
  void heavyPiecesLeaveOneThreadForTheRest() throws Exception {
    try (WorkPool pool = new WorkPool(2)) {
      CountDownLatch release = new CountDownLatch(1);
      AtomicInteger heavyRunning = new AtomicInteger();
      List<WorkPool.Piece<Integer>> heavy = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        heavy.add(
            new WorkPool.Piece<>(
                () -> {
                  heavyRunning.incrementAndGet();
                  release.await();
                  return heavyRunning.getAndDecrement();
                },
                true));
      }
      Thread heavyRequest = Thread.ofVirtual().start(() -> pool.run(heavy, () -> false));
      while (heavyRunning.get() == 0) {
        Thread.onSpinWait();
      }

      assertThat(pool.run(List.of(piece(() -> "light")), () -> false)).containsExactly("light");
      assertThat(heavyRunning).hasValue(1);
      release.countDown();
      heavyRequest.join();
    }
  }

  @Test
  void aFailureEndsTheRequestAndGivesHeavyThreadsBack() {
    try (WorkPool pool = new WorkPool(2)) {
      for (int i = 0; i < 5; i++) {
        assertThatThrownBy(
                () ->
                    pool.run(
                        List.of(
                            new WorkPool.Piece<>(
                                () -> {
                                  throw new WeftException.Cancelled("enough");
                                },
                                true),
                            new WorkPool.Piece<>(() -> 1, true),
                            new WorkPool.Piece<>(() -> 1, true)),
                        () -> false))
            .isInstanceOf(WeftException.Cancelled.class)
            .hasMessage("enough");
      }
      assertThat(pool.run(List.of(new WorkPool.Piece<>(() -> 7, true)), () -> false))
          .containsExactly(7);
      assertThatThrownBy(
              () ->
                  pool.run(
                      List.of(
                          piece(
                              () -> {
                                throw new IllegalStateException("secret text");
                              })),
                      () -> false))
          .isInstanceOf(WeftException.Internal.class)
          .hasMessage("internal error (IllegalStateException)");
    }
  }

  @Test
  void stopsBetweenPiecesOnceTheCallerIsGone() {
    try (WorkPool pool = new WorkPool(1)) {
      AtomicInteger ran = new AtomicInteger();
      List<WorkPool.Piece<Integer>> pieces = Collections.nCopies(100, piece(ran::incrementAndGet));

      assertThatExceptionOfType(WeftException.Cancelled.class)
          .isThrownBy(() -> pool.run(pieces, () -> ran.get() >= 3));
      assertThat(ran.get()).isBetween(3, 5);
    }
  }

  @Test
  void closingFinishesWhatWasBegunAndRefusesTheRest() throws Exception {
    WorkPool pool = new WorkPool(1);
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    List<Integer> results = new ArrayList<>();
    Thread request =
        Thread.ofVirtual()
            .start(
                () ->
                    results.addAll(
                        pool.run(
                            List.of(
                                piece(
                                    () -> {
                                      running.countDown();
                                      release.await();
                                      return 1;
                                    })),
                            () -> false)));
    running.await();
    Thread closing = Thread.ofPlatform().start(pool::close);
    assertThat(closing.join(java.time.Duration.ofMillis(100))).isFalse();
    release.countDown();
    request.join(TimeUnit.SECONDS.toMillis(10));
    closing.join(TimeUnit.SECONDS.toMillis(10));

    assertThat(results).containsExactly(1);
    assertThat(closing.isAlive()).isFalse();
    assertThatExceptionOfType(WeftException.Unavailable.class)
        .isThrownBy(() -> pool.run(List.of(piece(() -> 1)), () -> false));
  }

  private static <T> WorkPool.Piece<T> piece(java.util.concurrent.Callable<T> body) {
    return new WorkPool.Piece<>(body, false);
  }
}
