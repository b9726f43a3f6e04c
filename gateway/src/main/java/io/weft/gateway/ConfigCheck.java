package io.weft.gateway;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Ends the start with a clear message when a configured value is outside its range. */
@Singleton
final class ConfigCheck {
  void onStart(@Observes StartupEvent event, GatewayConfig config) {
    check(config);
  }

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the key, its value and its range
   */
  static void check(GatewayConfig config) {
    positive("max-body-size", config.maxBodySize().asLongValue());
    positive("max-held-bodies", config.maxHeldBodies().asLongValue());
    positive("max-header-size", config.maxHeaderSize().asLongValue());
    positive("max-uri-length", config.maxUriLength());
    positive("max-requests", config.maxRequests());
    positive("keys-reload", config.keysReload());
    positive("retry-after", config.retryAfter());
    if (config.redisTimeout().toMillis() < 10 || config.redisTimeout().toMillis() > 5_000) {
      throw new IllegalArgumentException(
          "weft.gateway.redis-timeout is %s, it must be between 10 ms and 5 s"
              .formatted(config.redisTimeout()));
    }
    positive("tokenizer-timeout", config.tokenizerTimeout());
    positive("encoder-timeout", config.encoderTimeout());
    positive("generator-timeout", config.generatorTimeout());
    positive("stream-keep-alive", config.streamKeepAlive());
    positive("stream-buffer", config.streamBuffer().asLongValue());
    positive("slow-reader-timeout", config.slowReaderTimeout());
    positive("poll-interval", config.pollInterval());
    positive("poll-timeout", config.pollTimeout());
    notNegative("shutdown-grace", config.shutdownGrace());
    notNegative("shutdown-delay", config.shutdownDelay());
    between(
        "resolve-interval", config.resolveInterval(), Duration.ofMillis(200), Duration.ofHours(1));
    config
        .hedgeAfter()
        .ifPresent(
            delay -> between("hedge-after", delay, Duration.ofMillis(1), config.encoderTimeout()));
    if (!(config.affinityLoadFactor() >= 1)) {
      throw new IllegalArgumentException(
          "weft.gateway.affinity-load-factor is %s, it must be at least 1"
              .formatted(config.affinityLoadFactor()));
    }
    if (config.maxHeldBodies().asLongValue() < config.maxBodySize().asLongValue()) {
      throw new IllegalArgumentException(
          "weft.gateway.max-held-bodies is %,d, less than weft.gateway.max-body-size, %,d"
              .formatted(config.maxHeldBodies().asLongValue(), config.maxBodySize().asLongValue()));
    }
  }

  private static void positive(String key, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "weft.gateway.%s is %,d, it must be at least 1".formatted(key, value));
    }
  }

  private static void positive(String key, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(
          "weft.gateway.%s is %s, it must be positive".formatted(key, value));
    }
  }

  private static void notNegative(String key, Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException(
          "weft.gateway.%s is %s, it must be at least 0".formatted(key, value));
    }
  }

  private static void between(String key, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "weft.gateway.%s is %s, it must be %s to %s".formatted(key, value, least, most));
    }
  }
}
