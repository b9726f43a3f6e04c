package io.weft.gateway.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class BatchPartsTest {
  private static final Context.Key<String> WHO = Context.key("who");

  @Test
  void cutsBySequencesAndByTokens() {
    assertThat(sizes(of(256, 1))).containsExactly(256);
    assertThat(sizes(of(600, 1))).containsExactly(256, 256, 88);
    assertThat(sizes(of(100, 512))).containsExactly(32, 32, 32, 4);
    assertThat(sizes(of(3, BatchParts.MAX_TOKENS + 1)))
        .as("each is too large")
        .containsExactly(1, 1, 1);
    assertThat(sizes(of(2, BatchParts.MAX_TOKENS / 2))).containsExactly(2);
  }

  @Test
  void answersInOrderAndInTheCallersContext() throws Exception {
    List<EncodedText> batch = of(2_000, 1);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Integer> firsts =
        Context.current()
            .withValue(WHO, "me")
            .call(
                () ->
                    BatchParts.call(
                        batch,
                        part -> {
                          most.accumulateAndGet(running.incrementAndGet(), Math::max);
                          sleep(20);
                          running.decrementAndGet();
                          assertThat(WHO.get()).isEqualTo("me");
                          return part.getFirst().ids().first();
                        }));
    assertThat(firsts).containsExactly(0, 256, 512, 768, 1024, 1280, 1536, 1792);
    assertThat(most.get()).isBetween(2, BatchParts.MAX_RUNNING);
  }

  @Test
  void oneFailureCancelsTheOthers() {
    CountDownLatch cancelled = new CountDownLatch(2);
    assertThatThrownBy(
            () ->
                BatchParts.call(
                    of(700, 1),
                    part -> {
                      if (part.getFirst().ids().first() == 0) {
                        throw new WeftException.Unavailable("GONE", "gone", null);
                      }
                      Context.current().addListener(_ -> cancelled.countDown(), Runnable::run);
                      await(cancelled);
                      return 1;
                    }))
        .hasMessage("gone");
    assertThat(cancelled.getCount()).isZero();
  }

  @Test
  void aBatchOfOnePartStaysOnItsThread() {
    Thread caller = Thread.currentThread();
    assertThat(BatchParts.call(of(3, 4), _ -> Thread.currentThread())).containsExactly(caller);
  }

  private static List<Integer> sizes(List<EncodedText> batch) {
    return BatchParts.of(batch).stream().map(List::size).toList();
  }

  /** Sequences that begin with their index. */
  private static List<EncodedText> of(int count, int tokens) {
    List<EncodedText> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] ids = new int[tokens];
      ids[0] = i;
      batch.add(EncodedText.of(TokenIds.of(ids)));
    }
    return batch;
  }

  private static void sleep(int ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
