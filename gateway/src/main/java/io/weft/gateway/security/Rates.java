package io.weft.gateway.security;

import io.github.bucket4j.TimeMeter;
import io.weft.gateway.GatewayConfig;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Makes the counts of keys: in Redis where one is configured, else in this process. */
@Singleton
final class Rates {
  private final GatewayConfig config;
  private final @Nullable RedisBuckets redis;

  Rates(GatewayConfig config) {
    this.config = config;
    this.redis =
        config.redisUrl().map(url -> new RedisBuckets(url, config.redisTimeout())).orElse(null);
  }

  @PreDestroy
  void close() {
    if (redis != null) {
      redis.close();
    }
  }

  /** What a key may use. */
  Quota quota(KeysFile.Entry entry) {
    KeyLimits limits = entry.limits();
    return new Quota(
        limits,
        config.retryAfter(),
        rate(entry, "requests", limits.requestsPerMinute()),
        rate(entry, "tokens", limits.tokensPerMinute()));
  }

  /** The bucket's name has the limit: with another limit it is another bucket, as in memory. */
  private @Nullable Rate rate(KeysFile.Entry entry, String unit, long perMinute) {
    if (perMinute == 0) {
      return null;
    }
    return redis == null
        ? new Rate.Local(perMinute, TimeMeter.SYSTEM_NANOTIME)
        : new SharedRate(
            "weft:limit:%s:%d:%s".formatted(unit, perMinute, entry.hash()),
            perMinute,
            redis,
            config.limitsWithoutRedis());
  }
}
