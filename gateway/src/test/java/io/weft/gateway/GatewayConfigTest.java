package io.weft.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

public class GatewayConfigTest {
  @Test
  void defaults() {
    GatewayConfig config = config(Map.of());

    assertThat(config.maxBodySize().asLongValue()).isEqualTo(8 * 1024 * 1024);
    assertThat(config.maxHeldBodies().asLongValue()).isEqualTo(32 * 1024 * 1024);
    assertThat(config.maxHeaderSize().asLongValue()).isEqualTo(16 * 1024);
    assertThat(config.maxUriLength()).isEqualTo(4096);
    assertThat(config.maxRequests()).isEqualTo(512);
    assertThat(config.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.redisUrl()).isEmpty();
    assertThat(config.redisTimeout()).isEqualTo(Duration.ofMillis(200));
    assertThat(config.limitsWithoutRedis()).isEqualTo(GatewayConfig.WithoutRedis.OPEN);
    assertThat(config.tokenizerTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.encoderTimeout()).isEqualTo(Duration.ofSeconds(60));
    assertThat(config.generatorTimeout()).isEqualTo(Duration.ofMinutes(10));
    assertThat(config.streamKeepAlive()).isEqualTo(Duration.ofSeconds(15));
    assertThat(config.streamBuffer().asLongValue()).isEqualTo(256 * 1024);
    assertThat(config.slowReaderTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.shutdownGrace()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.shutdownDelay()).isZero();
    assertThat(config.pollInterval()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.pollTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.keysFile()).isEmpty();
    assertThat(config.keysReload()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.allowAnonymous()).isFalse();
    assertThat(config.tokenizerAddresses()).isEmpty();
    assertThat(config.encoderAddresses()).isEmpty();
    assertThat(config.generatorAddresses()).isEmpty();
    assertThat(config.resolveInterval()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.affinityLoadFactor()).isEqualTo(1.5);
    assertThat(config.hedgeAfter()).isEmpty();
    assertThat(config.defaultModel()).isEmpty();
    assertThat(config.defaultEmbeddingModel()).isEmpty();
    assertThatCode(() -> ConfigCheck.check(config)).doesNotThrowAnyException();
  }

  @Test
  void keys() {
    GatewayConfig config =
        config(
            Map.ofEntries(
                Map.entry("max-body-size", "1K"),
                Map.entry("max-held-bodies", "2K"),
                Map.entry("max-header-size", "5K"),
                Map.entry("max-uri-length", "6"),
                Map.entry("max-requests", "3"),
                Map.entry("retry-after", "4s"),
                Map.entry("redis-url", "redis://r"),
                Map.entry("redis-timeout", "50ms"),
                Map.entry("limits-without-redis", "closed"),
                Map.entry("tokenizer-timeout", "5s"),
                Map.entry("encoder-timeout", "6s"),
                Map.entry("generator-timeout", "7s"),
                Map.entry("stream-keep-alive", "2s"),
                Map.entry("stream-buffer", "7K"),
                Map.entry("slow-reader-timeout", "11s"),
                Map.entry("shutdown-grace", "0s"),
                Map.entry("shutdown-delay", "13s"),
                Map.entry("poll-interval", "8s"),
                Map.entry("poll-timeout", "9s"),
                Map.entry("keys-file", "keys"),
                Map.entry("keys-reload", "10s"),
                Map.entry("allow-anonymous", "true"),
                Map.entry("tokenizer-addresses", "t:1"),
                Map.entry("encoder-addresses", "a:1,b:2"),
                Map.entry("generator-addresses", "[::1]:1"),
                Map.entry("resolve-interval", "11s"),
                Map.entry("affinity-load-factor", "2"),
                Map.entry("hedge-after", "12ms"),
                Map.entry("default-model", "a"),
                Map.entry("default-embedding-model", "b")));

    assertThat(config.maxBodySize().asLongValue()).isEqualTo(1024);
    assertThat(config.maxHeldBodies().asLongValue()).isEqualTo(2048);
    assertThat(config.maxHeaderSize().asLongValue()).isEqualTo(5 * 1024);
    assertThat(config.maxUriLength()).isEqualTo(6);
    assertThat(config.maxRequests()).isEqualTo(3);
    assertThat(config.retryAfter()).isEqualTo(Duration.ofSeconds(4));
    assertThat(config.redisUrl()).hasValue("redis://r");
    assertThat(config.redisTimeout()).isEqualTo(Duration.ofMillis(50));
    assertThat(config.limitsWithoutRedis()).isEqualTo(GatewayConfig.WithoutRedis.CLOSED);
    assertThat(config.tokenizerTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.encoderTimeout()).isEqualTo(Duration.ofSeconds(6));
    assertThat(config.generatorTimeout()).isEqualTo(Duration.ofSeconds(7));
    assertThat(config.streamKeepAlive()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.streamBuffer().asLongValue()).isEqualTo(7 * 1024);
    assertThat(config.slowReaderTimeout()).isEqualTo(Duration.ofSeconds(11));
    assertThat(config.shutdownGrace()).isZero();
    assertThat(config.shutdownDelay()).isEqualTo(Duration.ofSeconds(13));
    assertThat(config.pollInterval()).isEqualTo(Duration.ofSeconds(8));
    assertThat(config.pollTimeout()).isEqualTo(Duration.ofSeconds(9));
    assertThat(config.keysFile()).hasValue(Path.of("keys"));
    assertThat(config.keysReload()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.allowAnonymous()).isTrue();
    assertThat(config.tokenizerAddresses()).hasValue(List.of("t:1"));
    assertThat(config.encoderAddresses()).hasValue(List.of("a:1", "b:2"));
    assertThat(config.generatorAddresses()).hasValue(List.of("[::1]:1"));
    assertThat(config.resolveInterval()).isEqualTo(Duration.ofSeconds(11));
    assertThat(config.affinityLoadFactor()).isEqualTo(2);
    assertThat(config.hedgeAfter()).hasValue(Duration.ofMillis(12));
    assertThat(config.defaultModel()).hasValue("a");
    assertThat(config.defaultEmbeddingModel()).hasValue("b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max-requests | 0 | weft.gateway.max-requests is 0, it must be at least 1",
        "max-body-size | 0 | weft.gateway.max-body-size is 0, it must be at least 1",
        "shutdown-grace | -1s | weft.gateway.shutdown-grace is PT-1S, it must be at least 0",
        "redis-timeout | 5001ms | weft.gateway.redis-timeout is PT5.001S, it must be between 10 ms and 5 s",
        "stream-buffer | 0 | weft.gateway.stream-buffer is 0, it must be at least 1",
        "slow-reader-timeout | 0s | weft.gateway.slow-reader-timeout is PT0S, it must be positive",
        "shutdown-delay | -1s | weft.gateway.shutdown-delay is PT-1S, it must be at least 0",
        "poll-interval | 0s | weft.gateway.poll-interval is PT0S, it must be positive",
        "stream-keep-alive | 0s | weft.gateway.stream-keep-alive is PT0S, it must be positive",
        "resolve-interval | 100ms | weft.gateway.resolve-interval is PT0.1S, it must be PT0.2S to PT1H",
        "hedge-after | 2m | weft.gateway.hedge-after is PT2M, it must be PT0.001S to PT1M",
        "affinity-load-factor | 0.9 | weft.gateway.affinity-load-factor is 0.9, it must be at least 1",
        "affinity-load-factor | NaN | weft.gateway.affinity-load-factor is NaN, it must be at least 1",
        "generator-timeout | PT-1S | weft.gateway.generator-timeout is PT-1S, it must be positive",
        "max-body-size | 64M | weft.gateway.max-held-bodies is 33,554,432, less than weft.gateway.max-body-size, 67,108,864"
      })
  void refusesWhatMakesNoSense(String key, String value, String message) {
    GatewayConfig config = config(Map.of(key, value));

    assertThatThrownBy(() -> ConfigCheck.check(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  /** The defaults, but for some values by their keys. */
  public static GatewayConfig config(Map<String, String> values) {
    Map<String, String> properties = new HashMap<>();
    values.forEach((key, value) -> properties.put("weft.gateway." + key, value));
    return new SmallRyeConfigBuilder()
        .withConverter(
            io.quarkus.runtime.configuration.MemorySize.class, 100, new MemorySizeConverter())
        .withConverter(
            Duration.class, 100, new io.quarkus.runtime.configuration.DurationConverter())
        .withMapping(GatewayConfig.class)
        .withSources(new PropertiesConfigSource(properties, "test", 100))
        .build()
        .getConfigMapping(GatewayConfig.class);
  }
}
