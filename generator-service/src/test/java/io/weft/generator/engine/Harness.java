package io.weft.generator.engine;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.context.Context;
import io.weft.generator.text.Vocabularies;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Assertions;

/** An engine's loop that a test runs on its own thread, on a clock of its own. */
final class Harness {
  static final int CHUNK = 4;

  private final FakeModelRunner runner;
  private final Inbox inbox = new Inbox();
  private final AtomicLong clock = new AtomicLong();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final EngineLoop loop;

  Harness(FakeModelRunner runner) {
    this(runner, CHUNK);
  }

  Harness(FakeModelRunner runner, int chunk) {
    this(runner, chunk, Speculation.Options.off());
  }

  Harness(FakeModelRunner runner, int chunk, Speculation.Options speculation) {
    this.runner = runner;
    this.loop = Engine.loop(runner, inbox, parts(registry, chunk, speculation, clock::get));
  }

  static Engine.Parts parts(SimpleMeterRegistry registry, LongSupplier clock) {
    return parts(registry, CHUNK, Speculation.Options.off(), clock);
  }

  private static Engine.Parts parts(
      SimpleMeterRegistry registry,
      int chunk,
      Speculation.Options speculation,
      LongSupplier clock) {
    return new Engine.Parts(
        "fake",
        Vocabularies.letters(FakeModelRunner.VOCABULARY),
        chunk,
        speculation,
        new EngineMetrics(registry, "fake"),
        OpenTelemetry.noop().getTracer("test"),
        clock);
  }

  FakeModelRunner runner() {
    return runner;
  }

  AtomicLong clock() {
    return clock;
  }

  SimpleMeterRegistry registry() {
    return registry;
  }

  EngineLoad load() {
    return inbox.addTo(loop.load());
  }

  Generation submit(GenerationRequest request, long deadlineNs, EventSink sink) {
    Generation generation = new Generation(request, sink, clock.get(), deadlineNs, Context.root());
    if (!inbox.offer(generation)) {
      throw new IllegalStateException("closed");
    }
    return generation;
  }

  RecordingSink submit(GenerationRequest request) {
    RecordingSink sink = new RecordingSink();
    submit(request, Generation.NO_DEADLINE, sink);
    return sink;
  }

  /** Lets the loop end once there is nothing to do. */
  void closeInbox() {
    inbox.close();
  }

  void abort() {
    loop.abort();
  }

  /** Runs until the end. */
  Harness run() {
    loop.run();
    Assertions.assertFalse(loop.isBroken(), "the engine has failed");
    return this;
  }

  /** What a request gives when nothing else runs. */
  static RecordingSink alone(GenerationRequest request, int capacity) {
    Harness harness = new Harness(new FakeModelRunner(request.slotsAtOnce(), capacity));
    RecordingSink sink = harness.submit(request);
    harness.closeInbox();
    harness.run();
    return sink;
  }
}
