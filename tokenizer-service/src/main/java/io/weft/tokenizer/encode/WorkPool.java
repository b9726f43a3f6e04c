package io.weft.tokenizer.encode;

import io.weft.runtime.error.WeftException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * The platform threads on which texts are encoded and templates rendered.
 *
 * <p>Both only compute, the former in native code: on virtual threads they would hold the carriers,
 * which are as many as the processors, until they are done, and every other call of the service
 * would wait. So the call's virtual thread waits here and the work runs on a few threads of its
 * own.
 *
 * <p>Fairness: a request hands in its work piece by piece, never more pieces at once than there are
 * threads, and all pieces stand in one first-come queue. A small request so waits for a few pieces,
 * however large the batches beside it. Pieces marked as heavy (one text of many kilobytes, which
 * nothing can interrupt) take at most all threads but one.
 *
 * <p>The queue holds at most as many pieces as there are threads for each request that was
 * admitted; {@code AdmissionLimit} bounds those. At shutdown, what stands in the queue is finished
 * and further pieces are refused.
 */
public final class WorkPool implements AutoCloseable {
  /** Text of this size takes tens of milliseconds. */
  private static final long HEAVY_BYTES = 1 << 17;

  private final int threads;
  private final ExecutorService executor;
  private final Semaphore heavy;

  /**
   * @param threads how many, at least 1
   */
  public WorkPool(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads %d < 1".formatted(threads));
    }
    this.threads = threads;
    this.executor =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().name("tokenize-", 0).daemon(true).factory());
    this.heavy = new Semaphore(Math.max(1, threads - 1), true);
  }

  /**
   * A piece of work.
   *
   * @param body what to do
   * @param isHeavy whether it may take long
   */
  public record Piece<T>(Callable<T> body, boolean isHeavy) {
    /** Work on a text of the given size. */
    public static <T> Piece<T> of(long bytes, Callable<T> body) {
      return new Piece<>(body, bytes >= HEAVY_BYTES);
    }
  }

  /**
   * Runs pieces of one request; the calling thread waits.
   *
   * @param cancelled asked before each piece whether anyone still wants the answer
   * @return the results in the order of the pieces
   * @throws WeftException what a piece threw, or Cancelled, or Unavailable at shutdown
   */
  public <T> List<T> run(List<Piece<T>> pieces, BooleanSupplier cancelled) {
    List<T> results = new ArrayList<>(pieces.size());
    Deque<Future<T>> running = new ArrayDeque<>();
    AtomicBoolean abandoned = new AtomicBoolean();
    try {
      for (Piece<T> piece : pieces) {
        if (running.size() == threads) {
          results.add(running.removeFirst().get());
        }
        if (cancelled.getAsBoolean()) {
          throw new WeftException.Cancelled("the caller went away");
        }
        running.add(submit(piece, abandoned));
      }
      while (!running.isEmpty()) {
        results.add(running.removeFirst().get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WeftException.Cancelled("the call was interrupted");
    } catch (ExecutionException e) {
      throw asWeftException(e);
    } catch (RejectedExecutionException e) {
      throw new WeftException.Unavailable("STOPPING", "the service is stopping", e);
    } finally {
      abandoned.set(true);
    }
  }

  private <T> Future<T> submit(Piece<T> piece, AtomicBoolean abandoned)
      throws InterruptedException {
    if (piece.isHeavy()) {
      heavy.acquire();
    }
    boolean submitted = false;
    try {
      Future<T> future =
          executor.submit(
              () -> {
                try {
                  if (abandoned.get()) {
                    throw new WeftException.Cancelled("the request has already failed");
                  }
                  return piece.body().call();
                } finally {
                  release(piece);
                }
              });
      submitted = true;
      return future;
    } finally {
      if (!submitted) {
        release(piece);
      }
    }
  }

  private void release(Piece<?> piece) {
    if (piece.isHeavy()) {
      heavy.release();
    }
  }

  private static WeftException asWeftException(ExecutionException failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return cause instanceof WeftException known
        ? known
        : new WeftException.Internal(
            "internal error (%s)".formatted(cause.getClass().getSimpleName()), cause);
  }

  /** Finishes what was handed in; no native call is left afterwards. */
  @Override
  public void close() {
    executor.shutdown();
    try {
      while (!executor.awaitTermination(1, TimeUnit.SECONDS)) {
        // A native call cannot be stopped, and its tokenizer must outlive it.
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
