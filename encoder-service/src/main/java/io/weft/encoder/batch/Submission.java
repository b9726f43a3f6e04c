package io.weft.encoder.batch;

import io.weft.encoder.model.SequenceStates;
import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.task.EncoderTask;
import io.weft.runtime.error.WeftException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/**
 * One request's sequences and the way back to its caller. The caller waits in {@link #await}; the
 * loop's thread answers sequence by sequence; anybody may end the whole request early, once, after
 * which its remaining sequences are no longer run.
 *
 * @param <R> the result of one sequence
 */
public final class Submission<R> {
  /** The deadline of a caller that has none. */
  public static final long NO_DEADLINE = Long.MAX_VALUE;

  private final List<TokenSequence> sequences;
  private final EncoderTask<R> task;
  private final long queuedNs;
  private final long deadlineNs;
  private final int[] longestFirst;
  private final CompletableFuture<List<Outcome<R>>> reply = new CompletableFuture<>();
  private final Outcome<R>[] outcomes;
  private final AtomicInteger unanswered;
  private long firstStartNs;
  private volatile boolean started;

  /**
   * @param sequences at least one, each within the model's limits
   * @param task what is made of each
   * @param queuedNs now, by the queue's clock
   * @param deadlineNs when the caller stops waiting, by the same clock, or {@link #NO_DEADLINE}
   */
  @SuppressWarnings("unchecked")
  public Submission(
      List<TokenSequence> sequences, EncoderTask<R> task, long queuedNs, long deadlineNs) {
    if (sequences.isEmpty()) {
      throw new IllegalArgumentException("no sequences");
    }
    this.sequences = List.copyOf(sequences);
    this.task = task;
    this.queuedNs = queuedNs;
    this.deadlineNs = deadlineNs;
    this.longestFirst = longestFirst(sequences);
    this.outcomes = (Outcome<R>[]) new Outcome<?>[sequences.size()];
    this.unanswered = new AtomicInteger(sequences.size());
  }

  /**
   * Waits until every sequence is answered.
   *
   * @param nowNs the time by the queue's clock
   * @return one outcome a sequence, in the order of the request
   * @throws WeftException when the request was ended early: deadline, cancellation, shutdown
   */
  public List<Outcome<R>> await(long nowNs) {
    try {
      return deadlineNs == NO_DEADLINE
          ? reply.get()
          : reply.get(deadlineNs - nowNs, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      end(deadlineExceeded());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end(new WeftException.Cancelled("the waiting thread was interrupted"));
    } catch (ExecutionException e) {
      // The request was ended: told below.
    }
    return outcomesOrThrow();
  }

  /** How long the first sequence waited for its batch; empty while none has started. */
  public OptionalLong queueTimeNs() {
    return started ? OptionalLong.of(firstStartNs - queuedNs) : OptionalLong.empty();
  }

  /** Ends the whole request, unless all is answered: the caller gets {@code why}. */
  public void end(WeftException why) {
    reply.completeExceptionally(why);
  }

  /** Whether somebody still waits; ends the request when its deadline has passed. */
  boolean isWanted(long nowNs) {
    if (deadlineNs != NO_DEADLINE && deadlineNs - nowNs <= 0) {
      end(deadlineExceeded());
    }
    return !reply.isDone();
  }

  /** A batch with sequences of this request starts. */
  void started(long nowNs) {
    if (!started) {
      firstStartNs = nowNs;
      started = true;
    }
  }

  /** Makes the result of one sequence of its states and answers it. */
  void answer(int index, SequenceStates states) {
    Outcome<R> outcome;
    try {
      outcome =
          states.isFinite()
              ? new Outcome.Done<>(task.apply(states))
              : failed(new WeftException.Internal("the model's output is not finite", null));
    } catch (WeftException e) {
      outcome = failed(e);
    } catch (RuntimeException | Error e) {
      outcome = failed(new WeftException.Internal("the model's output could not be used", e));
    }
    answer(index, outcome);
  }

  /** Answers one sequence with its failure. */
  void fail(int index, WeftException failure) {
    answer(index, failed(failure));
  }

  int size() {
    return sequences.size();
  }

  TokenSequence sequence(int index) {
    return sequences.get(index);
  }

  /** Number of the sequence that is {@code rank}th in length, the longest first. */
  int longestFirst(int rank) {
    return longestFirst[rank];
  }

  long queuedNs() {
    return queuedNs;
  }

  private void answer(int index, Outcome<R> outcome) {
    outcomes[index] = outcome;
    // The last answer completes the reply, which makes all of them visible to the caller.
    if (unanswered.decrementAndGet() == 0) {
      reply.complete(Arrays.asList(outcomes));
    }
  }

  private List<Outcome<R>> outcomesOrThrow() {
    return switch (reply.state()) {
      case SUCCESS -> reply.resultNow();
      case FAILED, CANCELLED, RUNNING ->
          throw reply.exceptionNow() instanceof WeftException e
              ? e
              : new WeftException.Internal("request ended", reply.exceptionNow());
    };
  }

  private WeftException deadlineExceeded() {
    return new WeftException.DeadlineExceeded(
        String.format(
            Locale.ROOT,
            "the deadline passed with %,d of %,d sequences done",
            sequences.size() - unanswered.get(),
            sequences.size()));
  }

  private static <R> Outcome<R> failed(WeftException failure) {
    return new Outcome.Failed<>(failure);
  }

  /** Neighbours in this order have similar lengths, so that a batch of them has little padding. */
  private static int[] longestFirst(List<TokenSequence> sequences) {
    return LongStream.range(0, sequences.size())
        .map(i -> ((long) -sequences.get((int) i).length() << Integer.SIZE) | i)
        .sorted()
        .mapToInt(key -> (int) key)
        .toArray();
  }
}
