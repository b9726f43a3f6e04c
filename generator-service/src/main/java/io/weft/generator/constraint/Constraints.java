package io.weft.generator.constraint;

import io.weft.generator.text.Vocabulary;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * Compiles the constraints of one model's requests, on a thread of its own, and keeps what it
 * compiled; another makes masks ahead. Its queue is bounded by the model's admission limit, which
 * every request has passed: what no caller waits for any more is not compiled. What waits at
 * shutdown is dropped, and told so. Thread-safe.
 */
public final class Constraints implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Constraints.class);

  private final ConstraintCompiler compiler;
  private final long maxBytes;
  private final ThreadPoolExecutor worker;

  /** Makes masks while the model runs; at most one task for each token of running sequences. */
  private final ThreadPoolExecutor ahead;

  /** Guarded by this. In the order of use; failures are not kept. */
  private final Map<String, CompletableFuture<TokenConstraint>> known =
      new LinkedHashMap<>(16, 0.75f, true);

  /** Guarded by this. By the same keys, for those not begun: whether each caller still waits. */
  private final Map<String, List<BooleanSupplier>> callers = new HashMap<>();

  private long bytes;

  /**
   * @param model whose constraints these are
   * @param limit most time for compiling one
   * @param maxBytes most memory for all that are kept
   */
  public Constraints(String model, Vocabulary vocabulary, Duration limit, long maxBytes) {
    this.worker = thread("constraints-" + model);
    this.ahead = thread("constraint-masks-" + model);
    ahead.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    this.compiler = new ConstraintCompiler(vocabulary, limit.toNanos(), ahead);
    this.maxBytes = maxBytes;
  }

  /**
   * The compiled constraint, at once or later; or its failure, a {@link WeftException}. Two
   * requests that ask for the same share one compilation.
   *
   * @param isWanted whether the caller still waits; asked when its turn comes
   */
  public synchronized CompletableFuture<TokenConstraint> get(
      ConstraintSpec spec, BooleanSupplier isWanted) {
    String key = spec.key();
    CompletableFuture<TokenConstraint> future = known.get(key);
    List<BooleanSupplier> waiting = callers.get(key);
    if (waiting != null) {
      waiting.add(isWanted);
    }
    if (future == null) {
      future = new CompletableFuture<>();
      CompletableFuture<TokenConstraint> compiled = future;
      known.put(key, compiled);
      callers.put(key, new ArrayList<>(List.of(isWanted)));
      try {
        worker.execute(() -> compile(key, spec, compiled));
      } catch (RejectedExecutionException e) {
        forget(key);
        future.completeExceptionally(stopping());
      }
    }
    return future;
  }

  @Override
  public synchronized void close() {
    worker.shutdownNow();
    ahead.shutdownNow();
    known.values().forEach(future -> future.completeExceptionally(stopping()));
  }

  private void compile(String key, ConstraintSpec spec, CompletableFuture<TokenConstraint> future) {
    if (!begin(key)) {
      future.completeExceptionally(new WeftException.Cancelled("the caller left"));
      return;
    }
    try {
      TokenConstraint constraint = compiler.compile(spec);
      keep(constraint);
      future.complete(constraint);
    } catch (WeftException e) {
      forget(key);
      future.completeExceptionally(e);
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      LOG.error("compiling a constraint failed", e);
      forget(key);
      future.completeExceptionally(
          new WeftException.Internal("compiling the constraint failed", e));
    }
  }

  /** Counts one, and lets go of others until all fit. Requests that run keep theirs. */
  private synchronized void keep(TokenConstraint constraint) {
    bytes += constraint.bytes();
    Iterator<CompletableFuture<TokenConstraint>> eldest = known.values().iterator();
    while (bytes > maxBytes && eldest.hasNext()) {
      CompletableFuture<TokenConstraint> future = eldest.next();
      if (future.isDone() && !future.isCompletedExceptionally()) {
        bytes -= future.join().bytes();
        eldest.remove();
      }
    }
  }

  /** Whether a caller still waits; then it will be compiled. */
  private synchronized boolean begin(String key) {
    List<BooleanSupplier> waiting = callers.remove(key);
    boolean isWanted = waiting != null && waiting.stream().anyMatch(BooleanSupplier::getAsBoolean);
    if (!isWanted) {
      forget(key);
    }
    return isWanted;
  }

  private synchronized void forget(String key) {
    known.remove(key);
    callers.remove(key);
  }

  private static WeftException stopping() {
    return new WeftException.Unavailable("STOPPING", "the service is stopping", null);
  }

  /** One thread, which ends when it has nothing to do. */
  private static ThreadPoolExecutor thread(String name) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name(name).factory());
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }
}
