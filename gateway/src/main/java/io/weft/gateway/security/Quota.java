package io.weft.gateway.security;

import io.github.bucket4j.ConsumptionProbe;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What a caller may still use. Rates are token buckets, which may be counted elsewhere; open
 * requests are those of this gateway. Thread-safe.
 */
public final class Quota {
  /** Of callers without limits. */
  static final Quota UNLIMITED = new Quota(KeyLimits.NONE, Duration.ZERO, null, null);

  private final KeyLimits limits;
  private final Duration retryAfter;
  private final @Nullable Rate requests;
  private final @Nullable Rate tokens;
  private final AtomicLong open = new AtomicLong();

  /**
   * @param retryAfter what a caller with too many open requests is told to wait
   * @param requests that may come; null for any number
   * @param tokens that may be used; null for any number
   */
  Quota(KeyLimits limits, Duration retryAfter, @Nullable Rate requests, @Nullable Rate tokens) {
    this.limits = limits;
    this.retryAfter = retryAfter;
    this.requests = requests;
    this.tokens = tokens;
  }

  /** Whether {@link #begin} may wait for the network, which an event loop must not. */
  boolean waits() {
    return requests != null && requests.waits();
  }

  KeyLimits limits() {
    return limits;
  }

  /** A request that is open; closing twice closes once. */
  final class Permit implements AutoCloseable {
    private final AtomicBoolean closed = new AtomicBoolean();

    private Permit() {}

    @Override
    public void close() {
      if (closed.compareAndSet(false, true)) {
        open.decrementAndGet();
      }
    }
  }

  /**
   * Begins a request.
   *
   * @throws WeftException.Overloaded when too many are open, or came within the minute
   * @throws WeftException.Unavailable when that cannot be known
   */
  Permit begin() {
    long most = limits.concurrentRequests();
    if (open.incrementAndGet() > most && most > 0) {
      open.decrementAndGet();
      throw new WeftException.Overloaded(
          "RATE_LIMIT_EXCEEDED",
          "%,d requests of this key are open, its limit is %,d".formatted(most, most),
          retryAfter);
    }
    Permit permit = new Permit();
    if (requests != null) {
      ConsumptionProbe probe;
      try {
        probe = requests.take(1);
      } catch (WeftException.Unavailable e) {
        permit.close();
        throw e;
      }
      if (!probe.isConsumed()) {
        permit.close();
        throw exceeded(
            "the limit of this key is %,d requests a minute".formatted(limits.requestsPerMinute()),
            probe);
      }
    }
    return permit;
  }

  /**
   * Takes tokens, before the work that uses them.
   *
   * @param count at least 0
   * @throws WeftException.Overloaded when there are not that many left now
   * @throws WeftException.InvalidRequest when there never are
   * @throws WeftException.Unavailable when that cannot be known
   */
  public void take(long count) {
    if (tokens == null || count == 0) {
      return;
    }
    long limit = limits.tokensPerMinute();
    if (count > limit) {
      throw new WeftException.InvalidRequest(
          "TOKENS_ABOVE_KEY_LIMIT",
          "the request may use %,d tokens, the limit of this key is %,d a minute"
              .formatted(count, limit),
          Map.of());
    }
    ConsumptionProbe probe = tokens.take(count);
    if (!probe.isConsumed()) {
      throw exceeded(
          "the request may use %,d tokens, %,d are left of the %,d a minute of this key"
              .formatted(count, Math.max(0, probe.getRemainingTokens()), limit),
          probe);
    }
  }

  /**
   * Corrects what was taken by what was used. More than was taken is a debt, which the next
   * requests wait for.
   */
  public void settle(long taken, long used) {
    if (tokens != null) {
      tokens.settle(taken, used);
    }
  }

  private static WeftException.Overloaded exceeded(String message, ConsumptionProbe probe) {
    Duration wait = Duration.ofNanos(probe.getNanosToWaitForRefill());
    return new WeftException.Overloaded(
        "RATE_LIMIT_EXCEEDED",
        "%s; try again in %s".formatted(message, RateLimitHeaders.show(wait)),
        wait);
  }

  /** OpenAI's headers of limits; none for what has no limit. */
  Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    RateLimitHeaders.add(headers, "requests", limits.requestsPerMinute(), requests);
    RateLimitHeaders.add(headers, "tokens", limits.tokensPerMinute(), tokens);
    return headers;
  }
}
