package io.weft.gateway.backend;

import io.grpc.Context;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Function;

/**
 * A large batch in parts, each a call of its own: replicas share them, and each is small enough to
 * be kept for another attempt (docs/replicas.md). A batch of one part is one call on the calling
 * thread.
 */
final class BatchParts {
  /** Most sequences of a part. */
  static final int MAX_SEQUENCES = 256;

  /** Most tokens of a part, unless one sequence has more: some 100 KB. */
  static final int MAX_TOKENS = 16_384;

  /** Most parts of one batch that are under way. */
  static final int MAX_RUNNING = 8;

  private BatchParts() {}

  /** The batch cut up, in its order. */
  static List<List<EncodedText>> of(List<EncodedText> sequences) {
    List<List<EncodedText>> parts = new ArrayList<>();
    int from = 0;
    int tokens = 0;
    for (int i = 0; i < sequences.size(); i++) {
      int size = sequences.get(i).ids().size();
      if (i > from && (i - from == MAX_SEQUENCES || tokens + size > MAX_TOKENS)) {
        parts.add(sequences.subList(from, i));
        from = i;
        tokens = 0;
      }
      tokens += size;
    }
    parts.add(sequences.subList(from, sequences.size()));
    return parts;
  }

  /**
   * Calls once a part, several at a time, in the caller's context.
   *
   * @param sequences at least one
   * @return the answers in the order of the parts
   * @throws WeftException of the first part that failed; the others are cancelled
   */
  static <R> List<R> call(List<EncodedText> sequences, Function<List<EncodedText>, R> call) {
    List<List<EncodedText>> parts = of(sequences);
    if (parts.size() == 1) {
      return List.of(call.apply(parts.getFirst()));
    }
    Context.CancellableContext calls = Context.current().withCancellation();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Semaphore places = new Semaphore(MAX_RUNNING);
      List<Future<R>> answers = new ArrayList<>(parts.size());
      for (List<EncodedText> part : parts) {
        Callable<R> task = () -> inTurn(places, call, part);
        answers.add(
            threads.submit(calls.wrap(io.opentelemetry.context.Context.current().wrap(task))));
      }
      try {
        return await(answers);
      } finally {
        calls.cancel(null);
      }
    }
  }

  private static <R> R inTurn(
      Semaphore places, Function<List<EncodedText>, R> call, List<EncodedText> part)
      throws InterruptedException {
    places.acquire();
    try {
      return call.apply(part);
    } finally {
      places.release();
    }
  }

  private static <R> List<R> await(List<Future<R>> answers) {
    List<R> results = new ArrayList<>(answers.size());
    try {
      for (Future<R> answer : answers) {
        results.add(answer.get());
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof WeftException failure
          ? failure
          : new WeftException.Internal("a part of a batch failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WeftException.Unavailable("STOPPING", "the gateway is stopping", e);
    }
    return results;
  }
}
