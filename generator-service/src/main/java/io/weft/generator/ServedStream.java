package io.weft.generator;

import io.weft.generator.engine.Engine;
import io.weft.generator.engine.Generation;
import io.weft.generator.engine.GenerationRequest;
import io.weft.generator.engine.Outbox;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.limit.AdmissionLimit;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One stream from the engine to a caller. Its place in the service is held until the stream has
 * ended, not only until the engine is done with it: a caller that does not read what it asked for
 * counts. Thread-safe.
 */
final class ServedStream {
  private final Outbox outbox;
  private final AdmissionLimit.Permit permit;
  private @Nullable Generation generation;
  private boolean closed;

  ServedStream(Outbox.Writer caller, Executor writers, AdmissionLimit.Permit permit) {
    this.outbox = new Outbox(caller, writers, this::closed);
    this.permit = permit;
  }

  /** Hands the request to the engine; a failure to do so closes the stream. */
  void start(Engine engine, GenerationRequest request, long deadlineNs) {
    try {
      Generation submitted = engine.submit(request, deadlineNs, outbox);
      synchronized (this) {
        generation = submitted;
        if (closed) {
          submitted.cancel();
        }
      }
    } catch (RuntimeException e) {
      cancel();
      throw e;
    }
  }

  /** The request will not begin. */
  void fail(WeftException because) {
    outbox.fail(because);
  }

  /** Whether the caller is still there. */
  synchronized boolean isOpen() {
    return !closed;
  }

  /** The caller can take more. */
  void ready() {
    outbox.ready();
  }

  /** The caller has gone. */
  void cancel() {
    outbox.close();
  }

  private synchronized void closed() {
    closed = true;
    permit.close();
    if (generation != null) {
      generation.cancel();
    }
  }
}
