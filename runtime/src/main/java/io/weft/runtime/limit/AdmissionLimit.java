package io.weft.runtime.limit;

import io.weft.runtime.error.WeftException;
import java.time.Duration;

/**
 * Bounds the work that a service holds at one time, queued and running, by requests and by tokens.
 * Full means an immediate {@link WeftException.Overloaded}: nothing ever waits to be admitted.
 * Thread-safe.
 */
public final class AdmissionLimit {
  private final int maxRequests;
  private final long maxTokens;
  private final Duration retryAfter;
  private int requests;
  private long tokens;

  /**
   * @param maxRequests most requests held at once, at least 1
   * @param maxTokens most tokens held at once, at least 1; one request larger than this is still
   *     admitted when nothing else is held, so that a bound on tokens never makes a request
   *     impossible
   * @param retryAfter what a refused caller is told to wait
   */
  public AdmissionLimit(int maxRequests, long maxTokens, Duration retryAfter) {
    if (maxRequests < 1 || maxTokens < 1) {
      throw new IllegalArgumentException(
          "limits must be positive: %d requests, %d tokens".formatted(maxRequests, maxTokens));
    }
    this.maxRequests = maxRequests;
    this.maxTokens = maxTokens;
    this.retryAfter = retryAfter;
  }

  /** Admits one request of {@code size} tokens; closing the permit gives its share back. */
  public synchronized Permit admit(long size) {
    if (requests >= maxRequests) {
      throw new WeftException.Overloaded(
          "QUEUE_FULL",
          "%,d requests are queued or running, the limit is %,d".formatted(requests, maxRequests),
          retryAfter);
    }
    if (requests > 0 && tokens + size > maxTokens) {
      throw new WeftException.Overloaded(
          "QUEUE_FULL",
          "%,d tokens are queued or running, %,d more would pass the limit of %,d"
              .formatted(tokens, size, maxTokens),
          retryAfter);
    }
    requests++;
    tokens += size;
    return new Permit(size);
  }

  /** Requests held now. */
  public synchronized int requests() {
    return requests;
  }

  /** Tokens held now. */
  public synchronized long tokens() {
    return tokens;
  }

  private synchronized void release(long size) {
    requests--;
    tokens -= size;
  }

  /** The right to be in the service. Closing twice releases once. */
  public final class Permit implements AutoCloseable {
    private final long size;
    private boolean released;

    private Permit(long size) {
      this.size = size;
    }

    @Override
    public void close() {
      synchronized (AdmissionLimit.this) {
        if (released) {
          return;
        }
        released = true;
        release(size);
      }
    }
  }
}
