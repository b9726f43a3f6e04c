package io.weft.encoder;

import io.grpc.Context;
import io.grpc.Deadline;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.weft.encoder.batch.BatchMetrics;
import io.weft.encoder.batch.BatchQueue;
import io.weft.encoder.batch.EncoderLoop;
import io.weft.encoder.batch.Lane;
import io.weft.encoder.batch.Outcome;
import io.weft.encoder.batch.Submission;
import io.weft.encoder.batch.TeiMetrics;
import io.weft.encoder.model.Encoder;
import io.weft.encoder.model.SequenceLimits;
import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.task.EncoderTask;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.limit.AdmissionLimit;
import io.weft.runtime.model.ModelManifest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A model that answers: its admission limit, its queue and the threads that run it. */
final class ServedModel {
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration BEGIN_TIMEOUT = Duration.ofSeconds(1);

  private final ModelManifest manifest;
  private final SequenceLimits limits;
  private final AdmissionLimit admission;
  private final BatchQueue queue;
  private final TeiMetrics metrics;
  private final List<Thread> loops;

  private ServedModel(
      ModelManifest manifest,
      SequenceLimits limits,
      AdmissionLimit admission,
      BatchQueue queue,
      TeiMetrics metrics,
      List<Thread> loops) {
    this.manifest = manifest;
    this.limits = limits;
    this.admission = admission;
    this.queue = queue;
    this.metrics = metrics;
    this.loops = loops;
  }

  /** Hands each warmed encoder to a thread of its own, which closes it in the end. */
  static ServedModel start(
      ModelManifest manifest, EncoderLanes lanes, EncoderConfig config, MeterRegistry registry) {
    String name = manifest.name();
    BatchQueue queue = new BatchQueue(lanes.batchTokens(), System::nanoTime);
    BatchMetrics metrics = new BatchMetrics(registry, name, queue);
    List<Thread> loops = new ArrayList<>();
    for (Encoder encoder : lanes.bulk()) {
      loops.add(start(new EncoderLoop(name, encoder, queue, Lane.BULK, metrics, System::nanoTime)));
    }
    Encoder express = lanes.express();
    if (express != null) {
      loops.add(
          start(new EncoderLoop(name, express, queue, Lane.EXPRESS, metrics, System::nanoTime)));
    }
    AdmissionLimit admission =
        new AdmissionLimit(
            config.maxQueuedRequests(), config.maxQueuedTokens(), config.retryAfter());
    return new ServedModel(manifest, lanes.limits(), admission, queue, metrics.tei(), loops);
  }

  private static Thread start(EncoderLoop loop) {
    return Thread.ofPlatform().daemon().name(loop.name()).start(loop);
  }

  ModelManifest manifest() {
    return manifest;
  }

  boolean isRunning() {
    return loops.stream().allMatch(Thread::isAlive);
  }

  /**
   * Runs the sequences of one request and waits for them. A sequence that the model cannot read
   * fails alone.
   *
   * @param caller whose deadline and cancellation count
   * @return one outcome a sequence, in their order
   * @throws WeftException.Overloaded when the limit is reached
   * @throws WeftException when the deadline passes, the caller leaves or the service stops
   */
  <R> List<Outcome<R>> encode(List<TokenSequence> sequences, EncoderTask<R> task, Context caller) {
    List<@Nullable WeftException> violations = new ArrayList<>(sequences.size());
    List<TokenSequence> readable = new ArrayList<>(sequences.size());
    long tokens = 0;
    for (TokenSequence sequence : sequences) {
      WeftException violation = limits.violation(sequence);
      violations.add(violation);
      if (violation == null) {
        readable.add(sequence);
        tokens += sequence.length();
      }
    }
    if (readable.isEmpty()) {
      return Outcome.merge(violations, List.of());
    }
    metrics.arrived(readable.size());
    try (AdmissionLimit.Permit _ = admission.admit(tokens)) {
      return Outcome.merge(violations, await(readable, task, caller));
    } catch (WeftException e) {
      metrics.failed(e);
      throw e;
    }
  }

  /**
   * Stops once the requests that it has are answered, or after {@link #DRAIN_TIMEOUT}. Nobody is
   * given the model any more, but somebody may just have been: those have a second to begin.
   */
  void retire() throws InterruptedException {
    Instant deadline = Instant.now().plus(DRAIN_TIMEOUT);
    Thread.sleep(BEGIN_TIMEOUT);
    while (admission.requests() > 0 && Instant.now().isBefore(deadline)) {
      Thread.sleep(Duration.ofMillis(10));
    }
    stop();
  }

  /** Tells all who wait for a batch that the service stops, and lets the running batch finish. */
  void stop() throws InterruptedException {
    queue.close();
    Instant deadline = Instant.now().plus(STOP_TIMEOUT);
    for (Thread loop : loops) {
      loop.join(Duration.between(Instant.now(), deadline));
    }
  }

  private <R> List<Outcome<R>> await(
      List<TokenSequence> sequences, EncoderTask<R> task, Context caller) {
    long now = System.nanoTime();
    Submission<R> submission = new Submission<>(sequences, task, now, deadline(caller, now));
    Context.CancellationListener listener =
        _ -> submission.end(new WeftException.Cancelled("the caller left"));
    caller.addListener(listener, Runnable::run);
    try {
      queue.add(submission);
      List<Outcome<R>> outcomes = submission.await(System.nanoTime());
      metrics.answered(
          sequences.size(), submission.queueTimeNs().orElse(0), System.nanoTime() - now);
      return outcomes;
    } finally {
      submission
          .queueTimeNs()
          .ifPresent(ns -> Span.current().setAttribute("weft.queue_time_ns", ns));
      caller.removeListener(listener);
    }
  }

  private static long deadline(Context caller, long nowNs) {
    Deadline deadline = caller.getDeadline();
    return deadline == null
        ? Submission.NO_DEADLINE
        : nowNs + deadline.timeRemaining(TimeUnit.NANOSECONDS);
  }
}
