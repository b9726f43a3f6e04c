package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine with its thread. */
@Timeout(20)
class EngineTest {
  private final FakeModelRunner runner = new FakeModelRunner(2, 1_000);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Engine engine = Engine.start(runner, Harness.parts(registry, System::nanoTime));

  @AfterEach
  void stop() throws InterruptedException {
    engine.stop(Duration.ZERO);
    assertThat(engine.isAlive()).isFalse();
    assertThat(runner.isClosed()).isTrue();
  }

  @Test
  void runsWhatItIsGivenFromManyThreads() throws InterruptedException {
    List<RecordingSink> sinks = new ArrayList<>();
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      RecordingSink sink = new RecordingSink();
      sinks.add(sink);
      GenerationRequest request = Requests.greedy(5, i % 30, 2);
      callers.add(
          Thread.startVirtualThread(() -> engine.submit(request, Generation.NO_DEADLINE, sink)));
    }
    for (Thread caller : callers) {
      caller.join();
    }

    for (int i = 0; i < sinks.size(); i++) {
      assertThat(sinks.get(i).awaitEnd().ids(0))
          .isEqualTo(Harness.alone(Requests.greedy(5, i % 30, 2), 1_000).ids(0));
    }
  }

  @Test
  void aCancelledRequestIsGoneFromTheGaugesWithinAStep() throws InterruptedException {
    runner.beforeRun(
        () -> {
          try {
            Thread.sleep(5);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    RecordingSink sink = new RecordingSink();
    Generation generation = engine.submit(Requests.greedy(900, 1), Generation.NO_DEADLINE, sink);
    sink.awaitFirstToken();
    assertThat(gauge("running.sequences")).isEqualTo(1);

    generation.cancel();
    sink.awaitEnd(Duration.ofMillis(200));

    assertThat(sink.failure()).isInstanceOf(WeftException.Cancelled.class);
    long end = System.nanoTime() + Duration.ofMillis(200).toNanos();
    while (gauge("running.sequences") > 0 && System.nanoTime() < end) {
      Thread.sleep(1);
    }
    assertThat(gauge("running.sequences")).isZero();
    assertThat(gauge("cache.usage")).isZero();
  }

  /** A wait for work is no step, however long. */
  @Test
  void tellsHowLongAStepHasBeenRunning() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    runner.beforeRun(
        () -> {
          running.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    Thread.sleep(50);
    assertThat(engine.stepTime()).isZero();
    RecordingSink sink = new RecordingSink();
    engine.submit(Requests.greedy(5, 1), Generation.NO_DEADLINE, sink);
    running.await();
    Thread.sleep(50);

    assertThat(engine.stepTime()).isBetween(Duration.ofMillis(50), Duration.ofSeconds(10));
    assertThat(gauge("step.age")).isBetween(0.05, 10.0);
    release.countDown();
    sink.awaitEnd();
    while (!engine.stepTime().isZero()) {
      Thread.sleep(1);
    }
    assertThat(gauge("step.age")).isZero();
  }

  @Test
  void stoppingLetsWhatThereIsFinishAndTakesNothingMore() throws InterruptedException {
    RecordingSink sink = new RecordingSink();
    engine.submit(Requests.greedy(500, 1), Generation.NO_DEADLINE, sink);

    engine.stop(Duration.ofSeconds(10));

    assertThat(sink.isComplete()).isTrue();
    assertThat(sink.ids(0)).hasSize(500);
    assertThatThrownBy(
            () -> engine.submit(Requests.greedy(5, 1), Generation.NO_DEADLINE, new RecordingSink()))
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("the service is stopping");
  }

  @Test
  void stoppingEndsWhatTakesTooLong() throws InterruptedException {
    runner.beforeRun(
        () -> {
          try {
            Thread.sleep(20);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    RecordingSink sink = new RecordingSink();
    engine.submit(Requests.greedy(900, 1), Generation.NO_DEADLINE, sink);
    sink.awaitFirstToken();

    engine.stop(Duration.ofMillis(100));

    assertThat(sink.failure())
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("the service is stopping");
  }

  @Test
  void anErrorOfTheEngineEndsAllAndShows() throws InterruptedException {
    runner.beforeRun(
        () -> {
          throw new StackOverflowError("test");
        });
    RecordingSink sink = new RecordingSink();
    engine.submit(Requests.greedy(5, 1), Generation.NO_DEADLINE, sink);

    assertThat(sink.awaitEnd().failure()).isInstanceOf(WeftException.Internal.class);
    engine.stop(Duration.ofSeconds(5));
    assertThatThrownBy(
            () -> engine.submit(Requests.greedy(5, 1), Generation.NO_DEADLINE, new RecordingSink()))
        .isInstanceOf(WeftException.Unavailable.class)
        .hasMessage("the engine has failed");
  }

  private double gauge(String name) {
    return registry.get("weft.generator." + name).tag("model", "fake").gauge().value();
  }
}
