package io.weft.generator.engine;

import io.opentelemetry.context.Context;
import io.weft.generator.engine.GenerationEvent.Accepted;
import io.weft.generator.sampling.TokenLogprob;
import io.weft.runtime.error.WeftException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request in the engine, with its sequences. Its own thread is the engine's; {@link #cancel}
 * may be called by any.
 */
public final class Generation {
  /** No deadline. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  private final GenerationRequest request;
  private final EventSink sink;
  private final long submittedNs;
  private final Instant submitted = Instant.now();
  private final long deadlineNs;
  private final Context traceContext;

  private volatile boolean cancelled;

  private int started;
  private int cachedTokens;
  private final List<TokenLogprob> promptLogprobs = new ArrayList<>();
  private long startedNs;
  private int finished;
  private boolean completed;
  private @Nullable BeamGroup beams;
  private @Nullable WeftException failure;

  /**
   * @param submittedNs now, in the engine's time
   * @param deadlineNs when it must have finished, in the engine's time, or {@link #NO_DEADLINE}
   * @param traceContext whose spans the sequences' spans belong under
   */
  Generation(
      GenerationRequest request,
      EventSink sink,
      long submittedNs,
      long deadlineNs,
      Context traceContext) {
    this.request = request;
    this.sink = request.bestOf() > request.n() ? new BestOfSink(request.n(), sink) : sink;
    this.submittedNs = submittedNs;
    this.deadlineNs = deadlineNs;
    this.traceContext = traceContext;
  }

  /** The caller wants no more of this. The engine notices within one step. */
  public void cancel() {
    cancelled = true;
  }

  GenerationRequest request() {
    return request;
  }

  long submittedNs() {
    return submittedNs;
  }

  Instant submitted() {
    return submitted;
  }

  Context traceContext() {
    return traceContext;
  }

  /** Whether sequences are left that have not begun. */
  boolean hasUnstarted() {
    return started < request.sequences();
  }

  /** Whether a sequence has begun. */
  boolean hasStarted() {
    return started > 0;
  }

  /** Takes the next sequence that has not begun: its index. */
  int startNext(long nowNs) {
    if (started == 0) {
      startedNs = nowNs;
    }
    return started++;
  }

  /** From its submission to its first slot. */
  long queueTimeNs() {
    return startedNs - submittedNs;
  }

  /** Its first sequence has a slot, and these tokens of the prompt in it from the prefix cache. */
  void accept(int fromCache) {
    cachedTokens = fromCache;
    emit(new Accepted(request.prompt().givenTokens(), cachedTokens, queueTimeNs(), promptLogprobs));
  }

  /** More of the prompt's log probabilities, which {@link #accept} tells. */
  void addPromptLogprobs(List<TokenLogprob> scored) {
    promptLogprobs.addAll(scored);
  }

  /** Tokens of the prompt that came from the prefix cache. */
  int cachedTokens() {
    return cachedTokens;
  }

  /** Its beam search, once it has begun. */
  @Nullable BeamGroup beams() {
    return beams;
  }

  /**
   * Begins its beam search.
   *
   * @param sequences all of them, with the prompt in their slots
   */
  BeamGroup beginBeams(BeamOptions options, List<Sequence> sequences) {
    BeamGroup group = new BeamGroup(this, options, sequences);
    beams = group;
    return group;
  }

  void emit(GenerationEvent event) {
    if (!isEnded()) {
      sink.emit(event);
    }
  }

  /** One of its sequences has finished; the last one ends it. */
  void sequenceFinished() {
    finished++;
    if (finished == request.sequences() && failure == null) {
      completed = true;
      sink.complete();
    }
  }

  /** Ends it with a failure, unless it has ended. */
  void fail(WeftException because) {
    if (!isEnded()) {
      failure = because;
      sink.fail(because);
    }
  }

  boolean isEnded() {
    return completed || failure != null;
  }

  /** What it failed with. */
  @Nullable WeftException failure() {
    return failure;
  }

  /** Why this must not go on, if so. */
  @Nullable WeftException reasonToEnd(long nowNs) {
    if (cancelled) {
      return new WeftException.Cancelled("the caller left");
    }
    if (deadlineNs != NO_DEADLINE && nowNs - deadlineNs >= 0) {
      return new WeftException.DeadlineExceeded(
          String.format(
              Locale.ROOT,
              "not finished within %,d ms",
              TimeUnit.NANOSECONDS.toMillis(deadlineNs - submittedNs)));
    }
    return null;
  }
}
