package io.weft.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Context;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weft.encoder.batch.Outcome;
import io.weft.encoder.model.SequenceLimits;
import io.weft.encoder.model.SequenceStates;
import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.testing.Configs;
import io.weft.encoder.testing.FakeEncoder;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.Family;
import io.weft.runtime.model.ModelManifest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class ServedModelTest {
  private final CountDownLatch running = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final ServedModel model =
      ServedModel.start(
          manifest(),
          new EncoderLanes(
              List.of(
                  new FakeEncoder(
                      _ -> {
                        running.countDown();
                        awaitQuietly(release);
                      })),
              null,
              new SequenceLimits(1_000, 100, 1),
              512),
          Configs.of(Map.of("max-queued-tokens", "200")),
          new SimpleMeterRegistry());

  @AfterEach
  void stop() throws InterruptedException {
    release.countDown();
    model.stop();
  }

  @Test
  void putsFailuresAndResultsInTheOrderOfTheRequest() {
    release.countDown();

    List<Outcome<Integer>> outcomes =
        encode(
            Context.ROOT,
            FakeEncoder.sequence(1, 3),
            TokenSequence.of(),
            FakeEncoder.sequence(1, 5),
            FakeEncoder.sequence(1, 101));

    assertThat(outcomes.get(0)).isEqualTo(new Outcome.Done<>(3));
    assertThat(outcomes.get(1)).isInstanceOf(Outcome.Failed.class);
    assertThat(outcomes.get(2)).isEqualTo(new Outcome.Done<>(5));
    assertThat(outcomes.get(3)).isInstanceOf(Outcome.Failed.class);
  }

  @Test
  void refusesTokensPastTheLimitAtOnce() throws Exception {
    CompletableFuture<List<Outcome<Integer>>> held = inBackground(Context.ROOT, 100);
    running.await();

    assertThatThrownBy(
            () -> encode(Context.ROOT, FakeEncoder.sequence(1, 99), FakeEncoder.sequence(1, 2)))
        .isInstanceOf(WeftException.Overloaded.class)
        .hasMessage("100 tokens are queued or running, 101 more would pass the limit of 200");
    release.countDown();
    assertThat(held.get()).containsExactly(new Outcome.Done<>(100));
    assertThat(encode(Context.ROOT, FakeEncoder.sequence(1, 100))).hasSize(1);
  }

  @Test
  void stoppingFinishesTheRunningBatchAndTellsTheOthers() throws Exception {
    CompletableFuture<List<Outcome<Integer>>> first = inBackground(Context.ROOT, 5);
    running.await();
    CompletableFuture<List<Outcome<Integer>>> second = inBackground(Context.ROOT, 7);
    Thread stopping = Thread.startVirtualThread(this::stopQuietly);

    assertThatThrownBy(second::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(WeftException.Unavailable.class)
        .hasMessageContaining("the encoder service is stopping");
    release.countDown();
    assertThat(first.get()).containsExactly(new Outcome.Done<>(5));
    stopping.join();
    assertThat(model.isRunning()).isFalse();
  }

  @Test
  void aCallerWhoLeavesWaitsNoLonger() throws Exception {
    Context.CancellableContext caller = Context.ROOT.withCancellation();
    CompletableFuture<List<Outcome<Integer>>> waiting = inBackground(caller, 5);
    running.await();
    caller.cancel(null);

    assertThatThrownBy(waiting::get).hasCauseInstanceOf(WeftException.Cancelled.class);
  }

  @Test
  void aCallerWaitsNoLongerThanItsDeadline() throws Exception {
    try (ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor()) {
      Context.CancellableContext caller =
          Context.ROOT.withDeadlineAfter(50, TimeUnit.MILLISECONDS, timer);
      assertThatThrownBy(() -> encode(caller, FakeEncoder.sequence(1, 5)))
          .isInstanceOfAny(WeftException.DeadlineExceeded.class, WeftException.Cancelled.class);
      caller.cancel(null);
    }
  }

  private CompletableFuture<List<Outcome<Integer>>> inBackground(Context caller, int length) {
    return CompletableFuture.supplyAsync(
        () -> encode(caller, FakeEncoder.sequence(1, length)),
        command -> Thread.ofVirtual().start(command));
  }

  private List<Outcome<Integer>> encode(Context caller, TokenSequence... sequences) {
    return model.encode(List.of(sequences), SequenceStates::tokens, caller);
  }

  private void stopQuietly() {
    try {
      model.stop();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ModelManifest manifest() {
    return new ModelManifest(
        ModelManifest.FORMAT_VERSION,
        "fake",
        Family.ENCODER,
        "bert",
        List.of(ModelManifest.TASK_EMBED),
        new ModelManifest.Source("huggingface", "nowhere", "00"),
        "fp32",
        null,
        1_000,
        100,
        FakeEncoder.HIDDEN_SIZE,
        1,
        1,
        1,
        FakeEncoder.HIDDEN_SIZE,
        new ModelManifest.SpecialTokens(null, List.of(), 0, null),
        new ModelManifest.EncoderSpec(
            ModelManifest.Layout.PACKED,
            new ModelManifest.PoolingSpec("mean", true),
            List.of(),
            null,
            null),
        null,
        1_700_000_000,
        List.of());
  }
}
