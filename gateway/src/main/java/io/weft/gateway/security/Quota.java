package io.weft.gateway.security;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What a caller may still use. Rates are token buckets: full at first, refilled evenly over a
 * minute. Thread-safe; nothing waits.
 */
public final class Quota {
  /** Of callers without limits. */
  static final Quota UNLIMITED =
      new Quota(KeyLimits.NONE, Duration.ZERO, TimeMeter.SYSTEM_MILLISECONDS);

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final KeyLimits limits;
  private final Duration retryAfter;
  private final @Nullable Bucket requests;
  private final @Nullable Bucket tokens;
  private final AtomicLong open = new AtomicLong();

  /**
   * @param retryAfter what a caller with too many open requests is told to wait
   * @param clock tells the time to the buckets
   */
  Quota(KeyLimits limits, Duration retryAfter, TimeMeter clock) {
    this.limits = limits;
    this.retryAfter = retryAfter;
    this.requests = bucket(limits.requestsPerMinute(), clock);
    this.tokens = bucket(limits.tokensPerMinute(), clock);
  }

  private static @Nullable Bucket bucket(long perMinute, TimeMeter clock) {
    return perMinute == 0
        ? null
        : Bucket.builder()
            .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, MINUTE))
            .withCustomTimePrecision(clock)
            .build();
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
      ConsumptionProbe probe = requests.tryConsumeAndReturnRemaining(1);
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
    ConsumptionProbe probe = tokens.tryConsumeAndReturnRemaining(count);
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
    if (tokens == null) {
      return;
    }
    if (used < taken) {
      tokens.addTokens(taken - used);
    } else if (used > taken) {
      tokens.consumeIgnoringRateLimits(used - taken);
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
