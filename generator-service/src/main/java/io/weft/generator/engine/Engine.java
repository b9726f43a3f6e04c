package io.weft.generator.engine;

import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.weft.generator.text.Vocabulary;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Generates with one model. One thread owns all that runs; callers only hand requests in, and their
 * {@link EventSink}s are told what comes out. Thread-safe.
 */
public final class Engine {
  /** How long a step may still take once the engine was told to end everything. */
  private static final Duration LAST_STEP = Duration.ofSeconds(10);

  private final Inbox inbox;
  private final EngineLoop loop;
  private final Thread thread;
  private final LongSupplier clock;

  private Engine(Inbox inbox, EngineLoop loop, Thread thread, LongSupplier clock) {
    this.inbox = inbox;
    this.loop = loop;
    this.thread = thread;
    this.clock = clock;
  }

  /**
   * What an engine is made of.
   *
   * @param model its name
   * @param vocabulary what its tokens spell
   * @param prefillChunk most tokens of a prompt in one run, at least 1
   * @param speculation when drafts are tried
   * @param clock nanoseconds, as {@link System#nanoTime}
   */
  public record Parts(
      String model,
      Vocabulary vocabulary,
      int prefillChunk,
      Speculation.Options speculation,
      EngineMetrics metrics,
      Tracer tracer,
      LongSupplier clock) {}

  /** Starts an engine, whose thread owns the runner from now on. */
  public static Engine start(ModelRunner runner, Parts parts) {
    Inbox inbox = new Inbox();
    EngineLoop loop = loop(runner, inbox, parts);
    Thread thread = Thread.ofPlatform().daemon().name("generator-" + parts.model()).unstarted(loop);
    Engine engine = new Engine(inbox, loop, thread, parts.clock());
    parts.metrics().watch(engine::load, engine::stepTime);
    thread.start();
    return engine;
  }

  static EngineLoop loop(ModelRunner runner, Inbox inbox, Parts parts) {
    PrefixReuse prefixes = new PrefixReuse(runner, parts.model(), parts.metrics());
    Scheduler scheduler =
        new Scheduler(
            runner,
            parts.prefillChunk(),
            (generation, index, slot) -> sequence(generation, index, slot, parts),
            prefixes);
    Speculation speculation = new Speculation(parts.speculation(), runner);
    StepRunner steps =
        new StepRunner(runner, scheduler, prefixes, speculation, parts.metrics(), parts.clock());
    return new EngineLoop(inbox, scheduler, steps, runner, parts.clock());
  }

  private static Sequence sequence(Generation generation, int index, int slot, Parts parts) {
    if (index == 0) {
      parts.metrics().started(parts.clock().getAsLong() - generation.submittedNs());
    }
    SequenceTelemetry telemetry =
        SequenceTelemetry.begin(
            parts.tracer(), parts.metrics().vllm(), parts.model(), generation, index);
    return new Sequence(generation, index, slot, parts.vocabulary(), telemetry);
  }

  /**
   * Hands in a request, which was admitted and fits the model. Never waits.
   *
   * @param deadlineNs when it must have finished, on the engine's clock, or {@link
   *     Generation#NO_DEADLINE}
   * @param sink told everything, on the engine's thread
   * @return what cancels it
   * @throws WeftException.Unavailable once the engine is stopping or has failed
   */
  public Generation submit(GenerationRequest request, long deadlineNs, EventSink sink) {
    Generation generation =
        new Generation(request, sink, clock.getAsLong(), deadlineNs, Context.current());
    if (!inbox.offer(generation)) {
      throw loop.isBroken()
          ? new WeftException.Unavailable("ENGINE_FAILED", "the engine has failed", null)
          : new WeftException.Unavailable("STOPPING", "the service is stopping", null);
    }
    return generation;
  }

  /** How busy the engine is. */
  public EngineLoad load() {
    return inbox.addTo(loop.load());
  }

  /**
   * How long the engine has been busy with its current step: the beat of its heart. A step that
   * does not end is a run of the model that hangs, and nothing else will run either.
   */
  public Duration stepTime() {
    return Duration.ofNanos(loop.stepNs());
  }

  /** Whether the engine's thread runs. */
  public boolean isAlive() {
    return thread.isAlive();
  }

  /** Takes no more requests. */
  public void close() {
    inbox.close();
  }

  /**
   * Takes no more requests, lets those that there are finish, and ends them when that takes too
   * long.
   *
   * @param grace how long they may take
   */
  public void stop(Duration grace) throws InterruptedException {
    close();
    if (!thread.join(grace)) {
      loop.abort();
      thread.join(LAST_STEP);
    }
  }
}
