package io.weft.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.gateway.GatewayConfigTest;
import io.weft.gateway.Http;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The limits of two gateways that count in one Redis. */
class SharedLimitsTest {
  private static final Duration SOON = Duration.ofMillis(600);

  private final List<Rates> gateways = new ArrayList<>();
  private Redis redis;

  @BeforeEach
  void start() throws Exception {
    redis = Redis.start();
  }

  @AfterEach
  void close() {
    gateways.forEach(Rates::close);
    redis.close();
  }

  /** The quota that one more gateway has of a key. */
  private Quota gateway(long requests, long tokens, String withoutRedis) {
    Map<String, String> settings = new HashMap<>();
    settings.put("redis-url", redis.url());
    settings.put("limits-without-redis", withoutRedis);
    Rates rates = new Rates(GatewayConfigTest.config(settings));
    gateways.add(rates);
    return rates.quota(
        new KeysFile.Entry("alice", "0".repeat(64), new KeyLimits(requests, tokens, 0)));
  }

  /** Once Redis is found: no request is served before, where it must be counted. */
  private static void awaitCounting(Quota quota) {
    Http.await(
        "Redis",
        () -> {
          try {
            quota.begin().close();
            return true;
          } catch (WeftException.Unavailable notYet) {
            return false;
          }
        });
  }

  @Test
  void requestsAreCountedTogether() throws Exception {
    Quota one = gateway(20, 0, "closed");
    Quota other = gateway(20, 0, "closed");
    awaitCounting(one);
    awaitCounting(other);

    int served = 2;
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> tries = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        Quota quota = i % 2 == 0 ? one : other;
        tries.add(clients.submit(() -> isServed(quota)));
      }
      for (Future<Boolean> each : tries) {
        served += each.get() ? 1 : 0;
      }
    }
    // A minute gives 20: while the test runs one more may come.
    assertThat(served).isBetween(20, 21);
    assertThatThrownBy(other::begin)
        .isInstanceOf(WeftException.Overloaded.class)
        .hasMessageContaining("the limit of this key is 20 requests a minute; try again in");
    assertThat(other.headers())
        .containsEntry("x-ratelimit-limit-requests", "20")
        .containsEntry("x-ratelimit-remaining-requests", "0");
  }

  private static boolean isServed(Quota quota) {
    try {
      quota.begin().close();
      return true;
    } catch (WeftException.Overloaded refused) {
      return false;
    }
  }

  @Test
  void tokensAreCountedTogetherAndSettled() {
    Quota one = gateway(0, 1_000, "closed");
    Quota other = gateway(0, 1_000, "closed");
    Http.await("Redis", () -> takes(one, 1));
    Http.await("Redis", () -> takes(other, 1));

    one.take(900);
    assertThat(takes(other, 300)).isFalse();
    one.settle(900, 100);
    Http.await("what was not used", () -> takes(other, 300));
    other.settle(300, 5_000);
    Http.await("the debt", () -> !takes(one, 1));
    assertThatThrownBy(() -> one.take(1_001))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessageContaining("the limit of this key is 1,000 a minute");
  }

  private static boolean takes(Quota quota, long count) {
    try {
      quota.take(count);
      return true;
    } catch (WeftException.Overloaded | WeftException.Unavailable refused) {
      return false;
    }
  }

  @Test
  void closedWithoutRedisAndBackWithIt() throws Exception {
    Quota quota = gateway(1_000, 0, "closed");
    awaitCounting(quota);

    redis.kill();

    Http.await("the loss", () -> !isCounted(quota));
    long began = System.nanoTime();
    for (int i = 0; i < 50; i++) {
      assertThatThrownBy(quota::begin)
          .isInstanceOf(WeftException.Unavailable.class)
          .hasMessage("the limits of this key cannot be counted now");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
    redis.restart();
    awaitCounting(quota);
  }

  private static boolean isCounted(Quota quota) {
    try {
      quota.begin().close();
      return true;
    } catch (WeftException.Unavailable away) {
      return false;
    }
  }

  @Test
  void openWithoutRedisEachCountsByItself() throws Exception {
    Quota one = gateway(5, 0, "open");
    Quota other = gateway(5, 0, "open");
    redis.kill();

    for (Quota quota : List.of(one, other)) {
      int served = 0;
      for (int i = 0; i < 40; i++) {
        long began = System.nanoTime();
        served += isServed(quota) ? 1 : 0;
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
      }
      // Those that Redis still counted, and then this gateway's own.
      assertThat(served).isBetween(5, 10);
    }
  }

  @Test
  void aRedisThatHangsHoldsNobodyUpForLong() throws Exception {
    Quota quota = gateway(1_000, 0, "closed");
    awaitCounting(quota);

    redis.freeze();
    try {
      for (int i = 0; i < 20; i++) {
        long began = System.nanoTime();
        assertThatThrownBy(quota::begin).isInstanceOf(WeftException.Unavailable.class);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(SOON);
      }
    } finally {
      redis.thaw();
    }
    awaitCounting(quota);
  }

  @Test
  void aUrlThatIsNoneIsRefusedWithoutBeingQuoted() {
    assertThatThrownBy(
            () ->
                new Rates(GatewayConfigTest.config(Map.of("redis-url", "http://user:secret@host"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("weft.gateway.redis-url")
        .hasMessageNotContaining("secret");
  }
}
