package io.weft.gateway.http;

import io.weft.runtime.error.WeftException;
import java.time.Duration;

/**
 * Bounds the bytes of request bodies, of log probabilities for answers, and of answers of gRPC that
 * wait for their clients, which all open requests hold together. Full means an immediate {@link
 * WeftException.Overloaded}. Thread-safe.
 */
final class HeldBodies {
  private final long limit;
  private final Duration retryAfter;
  private long held;

  HeldBodies(long limit, Duration retryAfter) {
    this.limit = limit;
    this.retryAfter = retryAfter;
  }

  /** Most bytes in all. */
  long limit() {
    return limit;
  }

  synchronized void take(long bytes) {
    if (held + bytes > limit) {
      throw new WeftException.Overloaded(
          "BODIES_FULL",
          "the bodies of all open requests hold %,d bytes, %,d more would pass the limit of %,d"
              .formatted(held, bytes, limit),
          retryAfter);
    }
    held += bytes;
  }

  synchronized void giveBack(long bytes) {
    held -= bytes;
  }

  synchronized long held() {
    return held;
  }
}
