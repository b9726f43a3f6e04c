package io.weft.gateway.grpc;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.weft.gateway.http.CallExchange;
import io.weft.runtime.error.WeftException;
import java.time.Duration;

/**
 * The call that is being served. Its virtual thread asks and waits; gRPC's threads tell when the
 * caller reads again or is gone.
 */
final class OpenCall {
  private static final Context.Key<OpenCall> CURRENT = Context.key("weft-open-call");

  private final CallExchange exchange;
  private final String model;
  private final Duration patience;
  private final Duration retryAfter;

  /**
   * @param patience longest time to wait for the caller to read
   * @param retryAfter what a caller is told that was too slow
   */
  OpenCall(CallExchange exchange, String model, Duration patience, Duration retryAfter) {
    this.exchange = exchange;
    this.model = model;
    this.patience = patience;
    this.retryAfter = retryAfter;
  }

  /** The call in whose context the thread runs. */
  static OpenCall current() {
    OpenCall call = CURRENT.get();
    if (call == null) {
      throw new IllegalStateException("not within a call");
    }
    return call;
  }

  /** A context in which this is the current call. */
  Context context() {
    return Context.current().withValue(CURRENT, this);
  }

  CallExchange exchange() {
    return exchange;
  }

  /** The model that the call's metadata name; empty without. */
  String model() {
    return model;
  }

  /**
   * Waits until the caller takes an answer: gRPC holds at most some 32 KiB for it.
   *
   * @throws WeftException.Cancelled when it is gone, or its time is up
   * @throws WeftException.Overloaded when it does not read for too long
   */
  synchronized void awaitReady(ServerCallStreamObserver<?> call) {
    long end = System.nanoTime() + patience.toNanos();
    while (!call.isReady()) {
      if (call.isCancelled() || Context.current().isCancelled()) {
        throw new WeftException.Cancelled("the client cancelled the call");
      }
      long leftMs = (end - System.nanoTime() + 999_999) / 1_000_000;
      if (leftMs <= 0) {
        throw new WeftException.Overloaded(
            "SLOW_READER",
            "the client reads too slowly: its next message has waited for %,d ms"
                .formatted(patience.toMillis()),
            retryAfter);
      }
      try {
        wait(leftMs);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new WeftException.Unavailable("STOPPING", "the gateway is stopping", e);
      }
    }
  }

  /** Wakes {@link #awaitReady} to look again. */
  synchronized void signal() {
    notifyAll();
  }
}
