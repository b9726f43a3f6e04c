package io.weft.encoder.batch;

import io.weft.encoder.model.TokenSequence;
import io.weft.runtime.error.WeftException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The sequences that wait for one model.
 *
 * <ul>
 *   <li>Capacity: what the model's {@link io.weft.runtime.limit.AdmissionLimit} admits; every
 *       submission has a permit of it before it comes here. The queue itself refuses nothing.
 *   <li>Producers: the RPCs' virtual threads, which then wait for their results.
 *   <li>Consumers: the {@link EncoderLoop}s of its lanes and of its express lane, each on its
 *       thread.
 *   <li>Full: the limit refuses the request at once; nobody waits to get in.
 *   <li>Shutdown: all that wait are told that the service stops, and so is who comes later.
 * </ul>
 *
 * <p>A batch takes one sequence from each request in turn, round after round, until its budget is
 * spent. So a request of thousands of sequences fills batches when it is alone, and gives way,
 * sequence by sequence, to others when it is not. The request whose turn it is to open a batch
 * always gets in; then the turn passes on.
 *
 * <p><b>The express lane.</b> A run cannot be interrupted, so with all lanes in a bulk job a query
 * would wait for the end of a run. Small requests, of one sequence or of a batch's budget at most,
 * have a lane of their own: it takes them, and only them, at once when nothing runs or when the
 * lanes run nothing but large requests. The operating system then shares the processors between the
 * query and the bulk job. While a lane runs small requests the others wait for a lane: the wait is
 * short, and batches of them are cheaper than runs side by side.
 */
public final class BatchQueue {
  private final int maxBatchTokens;
  private final LongSupplier nanoClock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition lanes = lock.newCondition();
  private final Condition express = lock.newCondition();
  private final ArrayDeque<Waiting> turns = new ArrayDeque<>();
  private long tokens;
  private int small;
  private int lanesOnSmall;
  private int expressWaiting;
  private boolean closed;

  /**
   * @param maxBatchTokens budget of a batch in places (rows × longest row), at least 1; a longer
   *     sequence runs alone
   * @param nanoClock as {@link System#nanoTime()}; also the clock of submissions
   */
  public BatchQueue(int maxBatchTokens, LongSupplier nanoClock) {
    if (maxBatchTokens < 1) {
      throw new IllegalArgumentException("budget of %d tokens".formatted(maxBatchTokens));
    }
    this.maxBatchTokens = maxBatchTokens;
    this.nanoClock = nanoClock;
  }

  /** Takes a request in; after {@link #close()} ends it at once. */
  public void add(Submission<?> submission) {
    Waiting waiting = new Waiting(submission, maxBatchTokens);
    lock.lock();
    try {
      if (closed) {
        submission.end(stopping());
        return;
      }
      turns.addLast(waiting);
      tokens += waiting.tokens;
      small += waiting.small ? 1 : 0;
      wake();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for work that {@code lane} may take and makes a batch of it; null once it is closed. */
  @Nullable Batch take(Lane lane) throws InterruptedException {
    Condition woken = lane == Lane.EXPRESS ? express : lanes;
    int asExpress = lane == Lane.EXPRESS ? 1 : 0;
    lock.lockInterruptibly();
    try {
      while (!closed) {
        dropUnwanted();
        if (hasWork(lane)) {
          Batch batch = fill(lane);
          lanesOnSmall += occupies(lane, batch);
          wake();
          return batch;
        }
        expressWaiting += asExpress;
        try {
          woken.await();
        } finally {
          expressWaiting -= asExpress;
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** A lane has run the batch that it took. */
  void ran(Lane lane, Batch batch) {
    lock.lock();
    try {
      lanesOnSmall -= occupies(lane, batch);
      wake();
    } finally {
      lock.unlock();
    }
  }

  private boolean hasWork(Lane lane) {
    return switch (lane) {
      case BULK -> !turns.isEmpty();
      case EXPRESS -> small > 0 && lanesOnSmall == 0;
    };
  }

  /** What a batch adds to the lanes that run small requests. */
  private static int occupies(Lane lane, Batch batch) {
    return lane == Lane.BULK && batch.hasSmall() ? 1 : 0;
  }

  /**
   * Wakes one of those who could take what waits: the express lane where it may, else a lane. Who
   * takes a batch and leaves something wakes the next.
   */
  private void wake() {
    if (expressWaiting > 0 && hasWork(Lane.EXPRESS)) {
      express.signal();
      if (turns.size() == small) {
        return;
      }
    }
    if (hasWork(Lane.BULK)) {
      lanes.signal();
    }
  }

  /** Tells all that wait, and all that come, that the service stops. */
  public void close() {
    lock.lock();
    try {
      closed = true;
      turns.forEach(waiting -> waiting.submission.end(stopping()));
      turns.clear();
      tokens = 0;
      small = 0;
      lanes.signalAll();
      express.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Tokens that wait, those of callers who just left included until the next batch is made. */
  public long tokens() {
    lock.lock();
    try {
      return tokens;
    } finally {
      lock.unlock();
    }
  }

  /** Sequences that wait, counted as {@link #tokens()} are. */
  public int sequences() {
    lock.lock();
    try {
      return turns.stream().mapToInt(Waiting::left).sum();
    } finally {
      lock.unlock();
    }
  }

  private void dropUnwanted() {
    long now = nanoClock.getAsLong();
    for (Iterator<Waiting> all = turns.iterator(); all.hasNext(); ) {
      Waiting waiting = all.next();
      if (!waiting.submission.isWanted(now)) {
        tokens -= waiting.tokens;
        small -= waiting.small ? 1 : 0;
        all.remove();
      }
    }
  }

  private Batch fill(Lane lane) {
    Batch batch = new Batch(maxBatchTokens);
    boolean grew = true;
    while (grew && !batch.isFull()) {
      grew = false;
      // A whole round leaves the order of turns as it was.
      for (int i = turns.size(); i > 0; i--) {
        Waiting waiting = turns.removeFirst();
        if ((waiting.small || lane == Lane.BULK) && batch.accepts(waiting.nextLength())) {
          batch.add(take(waiting));
          if (waiting.small) {
            batch.markSmall();
          }
          grew = true;
        }
        if (waiting.isEmpty()) {
          small -= waiting.small ? 1 : 0;
        } else {
          turns.addLast(waiting);
        }
      }
    }
    passTheTurn(batch);
    return batch;
  }

  /** Who opened this batch opens the next only after all others. */
  private void passTheTurn(Batch batch) {
    Submission<?> opener = batch.entries().getFirst().submission();
    if (!turns.isEmpty() && turns.getFirst().submission == opener) {
      turns.addLast(turns.removeFirst());
    }
  }

  private QueueEntry take(Waiting waiting) {
    QueueEntry entry = waiting.take();
    tokens -= entry.sequence().length();
    return entry;
  }

  private static WeftException stopping() {
    return new WeftException.Unavailable("STOPPING", "the encoder service is stopping", null);
  }

  /** A request with the sequences that have not been put into a batch. Guarded by the lock. */
  private static final class Waiting {
    private final Submission<?> submission;
    private final boolean small;
    private long tokens;
    private int next;

    Waiting(Submission<?> submission, int maxBatchTokens) {
      this.submission = submission;
      for (int i = 0; i < submission.size(); i++) {
        tokens += submission.sequence(i).length();
      }
      this.small = submission.size() == 1 || tokens <= maxBatchTokens;
    }

    boolean isEmpty() {
      return next == submission.size();
    }

    /** Sequences that have not been put into a batch. */
    int left() {
      return submission.size() - next;
    }

    int nextLength() {
      return nextSequence().length();
    }

    QueueEntry take() {
      QueueEntry entry = new QueueEntry(submission, submission.longestFirst(next));
      tokens -= nextLength();
      next++;
      return entry;
    }

    private TokenSequence nextSequence() {
      return submission.sequence(submission.longestFirst(next));
    }
  }
}
