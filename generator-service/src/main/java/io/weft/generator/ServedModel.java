package io.weft.generator;

import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.weft.generator.constraint.ConstraintSpec;
import io.weft.generator.constraint.Constraints;
import io.weft.generator.engine.Engine;
import io.weft.generator.engine.EngineLoad;
import io.weft.generator.engine.EngineMetrics;
import io.weft.generator.engine.GenerationRequest;
import io.weft.generator.engine.ModelRunner;
import io.weft.generator.engine.Outbox;
import io.weft.generator.engine.Speculation;
import io.weft.generator.text.Vocabulary;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.KernelMetrics;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A model that generates: its engine, its vocabulary, its admission limit and the thread that
 * writes to callers. Thread-safe.
 */
final class ServedModel {
  /** Writing what the engine has said takes no longer, unless a caller does not read. */
  private static final Duration LAST_WRITES = Duration.ofSeconds(2);

  private final ModelManifest manifest;
  private final Vocabulary vocabulary;
  private final RequestLimits limits;
  private final Admission admission;
  private final Engine engine;
  private final Duration stuckAfter;
  private final Constraints constraints;

  /**
   * One thread for all streams: a write never waits, and one wake-up a step is cheaper than one a
   * stream. Each stream has at most one task in the queue; at shutdown tasks are dropped.
   */
  private final ThreadPoolExecutor writers;

  private ServedModel(
      ModelManifest manifest,
      Vocabulary vocabulary,
      RequestLimits limits,
      Admission admission,
      Engine engine,
      Duration stuckAfter,
      Constraints constraints) {
    this.manifest = manifest;
    this.vocabulary = vocabulary;
    this.limits = limits;
    this.admission = admission;
    this.engine = engine;
    this.stuckAfter = stuckAfter;
    this.constraints = constraints;
    this.writers =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("generator-writer-" + manifest.name()).factory(),
            new ThreadPoolExecutor.DiscardPolicy());
  }

  /** Starts a warmed model, whose runner the engine closes in the end. */
  static ServedModel start(
      ModelManifest manifest,
      ModelRunner runner,
      Vocabulary vocabulary,
      GeneratorConfig config,
      MeterRegistry registry,
      Tracer tracer) {
    KernelMetrics.register(registry);
    RequestLimits limits = RequestLimits.of(manifest, runner.capacity(), runner.slots());
    Engine engine =
        Engine.start(
            runner,
            new Engine.Parts(
                manifest.name(),
                vocabulary,
                config.prefillChunk(),
                config.speculation()
                    ? new Speculation.Options(
                        config.speculationDraft(), config.speculationMaxSequences())
                    : Speculation.Options.off(),
                new EngineMetrics(registry, manifest.name()),
                tracer,
                System::nanoTime));
    Admission admission = new Admission(config, registry, manifest.name());
    Constraints constraints =
        new Constraints(
            manifest.name(), vocabulary, config.constraintTime(), config.constraintCacheBytes());
    return new ServedModel(
        manifest, vocabulary, limits, admission, engine, config.stuckAfter(), constraints);
  }

  ModelManifest manifest() {
    return manifest;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  RequestLimits limits() {
    return limits;
  }

  EngineLoad load() {
    return engine.load();
  }

  /** Whether the engine's thread is alive. */
  boolean isRunning() {
    return engine.isAlive();
  }

  /** What is wrong with the engine, if anything. */
  Optional<String> fault() {
    if (!engine.isAlive()) {
      return Optional.of("its engine has failed");
    }
    Duration step = engine.stepTime();
    return step.compareTo(stuckAfter) > 0
        ? Optional.of("its engine has been in one step for %,d s".formatted(step.toSeconds()))
        : Optional.empty();
  }

  /**
   * Makes room for a request; {@link #start} begins it.
   *
   * @param caller told what is generated
   * @throws io.weft.runtime.error.WeftException.Overloaded when the limit is reached
   */
  ServedStream admit(GenerationRequest request, Outbox.Writer caller) {
    return new ServedStream(caller, writers, admission.admit(request));
  }

  /**
   * Begins to generate: at once, or when the constraint is compiled, which takes from the time that
   * the request has.
   *
   * @param constraint the shape of the text; null for any
   * @param deadlineNs as {@link System#nanoTime}
   * @throws io.weft.runtime.error.WeftException.Unavailable when the service is stopping
   */
  void start(
      ServedStream stream,
      GenerationRequest request,
      @Nullable ConstraintSpec constraint,
      long deadlineNs) {
    if (constraint == null) {
      stream.start(engine, request, deadlineNs);
      return;
    }
    constraints
        .get(constraint, stream::isOpen)
        .thenAccept(compiled -> stream.start(engine, request.with(compiled), deadlineNs))
        .exceptionally(
            failure -> {
              stream.fail(asWeft(failure));
              return null;
            });
  }

  private static WeftException asWeft(Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    return cause instanceof WeftException known
        ? known
        : new WeftException.Internal("the request could not begin", cause);
  }

  /** Takes no more requests. */
  void close() {
    engine.close();
  }

  /** Lets running requests finish within a grace period, ends the rest, and tells the callers. */
  void stop(Duration grace) throws InterruptedException {
    engine.stop(grace);
    constraints.close();
    writers.shutdown();
    writers.awaitTermination(LAST_WRITES.toMillis(), TimeUnit.MILLISECONDS);
  }
}
