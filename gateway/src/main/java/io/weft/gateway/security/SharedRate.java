package io.weft.gateway.security;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.weft.gateway.GatewayConfig.WithoutRedis;
import io.weft.runtime.error.WeftException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Counted in Redis, together with all other gateways. While Redis is away either nobody with limits
 * is served, or this gateway counts by itself. Thread-safe.
 */
final class SharedRate implements Rate {
  private final String key;
  private final long perMinute;
  private final RedisBuckets redis;
  private final WithoutRedis withoutRedis;
  private final Rate alone;

  /**
   * Held while Redis is asked: the bucket is changed by compare-and-swap, and requests of one
   * gateway would only make each other try again.
   */
  private final ReentrantLock asking = new ReentrantLock();

  /** What the last answer left, and when. */
  private volatile Seen seen;

  /**
   * @param key the bucket's name, the same in all gateways
   */
  SharedRate(String key, long perMinute, RedisBuckets redis, WithoutRedis withoutRedis) {
    this.key = key;
    this.perMinute = perMinute;
    this.redis = redis;
    this.withoutRedis = withoutRedis;
    this.alone = new Local(perMinute, TimeMeter.SYSTEM_NANOTIME);
    this.seen = new Seen(perMinute, System.nanoTime());
  }

  private record Seen(long remaining, long atNs) {}

  @Override
  public ConsumptionProbe take(long count) {
    try {
      ConsumptionProbe probe = ask(bucket -> bucket.tryConsumeAndReturnRemaining(count));
      seen = new Seen(probe.getRemainingTokens(), System.nanoTime());
      return probe;
    } catch (RedisBuckets.Away e) {
      return switch (withoutRedis) {
        case OPEN -> {
          ConsumptionProbe probe = alone.take(count);
          seen = new Seen(probe.getRemainingTokens(), System.nanoTime());
          yield probe;
        }
        case CLOSED ->
            throw new WeftException.Unavailable(
                "LIMITS_UNAVAILABLE", "the limits of this key cannot be counted now", e);
      };
    }
  }

  @Override
  public void settle(long taken, long used) {
    if (taken != used) {
      Thread.ofVirtual().name("settle-limits").start(() -> settleNow(taken, used));
    }
  }

  private void settleNow(long taken, long used) {
    try {
      ask(
          bucket -> {
            Rate.settle(bucket, taken, used);
            return bucket;
          });
    } catch (RedisBuckets.Away e) {
      alone.settle(taken, used);
    }
  }

  private <T> T ask(Function<Bucket, T> question) throws RedisBuckets.Away {
    asking.lock();
    try {
      return redis.ask(key, perMinute, question);
    } finally {
      asking.unlock();
    }
  }

  @Override
  public long available() {
    Seen last = seen;
    double refilled = (double) (System.nanoTime() - last.atNs()) * perMinute / MINUTE.toNanos();
    return Math.min(perMinute, last.remaining() + (long) refilled);
  }

  @Override
  public boolean waits() {
    return true;
  }
}
