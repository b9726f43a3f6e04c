package io.weft.encoder;

import io.grpc.Context;
import io.grpc.Deadline;
import io.weft.encoder.batch.Outcome;
import io.weft.encoder.model.AttentionModel;
import io.weft.encoder.model.SequenceLimits;
import io.weft.encoder.model.TokenSequence;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.limit.AdmissionLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A model's attentions, for whoever looks at them: rarely, and a few sequences at a time. So
 * requests are not put into batches but run one after the other, in the order in which they came,
 * on their own threads, beside the batches of the same model. Whoever holds the lock owns the
 * model.
 */
final class ServedAttentions {
  private final AttentionModel model;
  private final SequenceLimits limits;
  private final AdmissionLimit admission;
  private final ReentrantLock lock = new ReentrantLock(true);
  private boolean closed;

  ServedAttentions(AttentionModel model, EncoderConfig config) {
    this.model = model;
    this.limits = model.limits();
    this.admission =
        new AdmissionLimit(
            config.maxQueuedRequests(), config.maxQueuedTokens(), config.retryAfter());
  }

  /**
   * Runs the sequences of one request. A sequence that the model cannot read fails alone.
   *
   * @param layers each at most once
   * @param heads each at most once
   * @param caller whose deadline and cancellation count, before each sequence
   * @return one outcome a sequence: the probabilities as {@link AttentionModel#run} gives them
   * @throws WeftException.Overloaded when the limit is reached
   * @throws WeftException when the deadline passes, the caller leaves or the service stops
   */
  List<Outcome<byte[]>> run(
      List<TokenSequence> sequences, List<Integer> layers, List<Integer> heads, Context caller) {
    long tokens = sequences.stream().mapToLong(TokenSequence::length).sum();
    List<Outcome<byte[]>> outcomes = new ArrayList<>(sequences.size());
    try (AdmissionLimit.Permit _ = admission.admit(tokens)) {
      for (TokenSequence sequence : sequences) {
        WeftException violation = limits.violation(sequence);
        outcomes.add(
            violation == null
                ? run(sequence, layers, heads, caller)
                : new Outcome.Failed<>(violation));
      }
    }
    return outcomes;
  }

  private Outcome<byte[]> run(
      TokenSequence sequence, List<Integer> layers, List<Integer> heads, Context caller) {
    acquire(caller.getDeadline());
    try {
      if (closed) {
        throw new WeftException.Unavailable("STOPPING", "the encoder service is stopping", null);
      }
      if (caller.isCancelled()) {
        throw new WeftException.Cancelled("the caller left");
      }
      return new Outcome.Done<>(model.run(sequence, layers, heads));
    } catch (WeftException.Internal e) {
      return new Outcome.Failed<>(e);
    } finally {
      lock.unlock();
    }
  }

  private void acquire(@Nullable Deadline deadline) {
    try {
      if (deadline == null) {
        lock.lockInterruptibly();
      } else if (!lock.tryLock(
          deadline.timeRemaining(TimeUnit.NANOSECONDS), TimeUnit.NANOSECONDS)) {
        throw new WeftException.DeadlineExceeded("the deadline passed before the sequences ran");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WeftException.Cancelled("the waiting thread was interrupted");
    }
  }

  /** Lets the running sequence finish; whoever waits is told that the service stops. */
  void stop() {
    lock.lock();
    try {
      closed = true;
      model.close();
    } finally {
      lock.unlock();
    }
  }
}
