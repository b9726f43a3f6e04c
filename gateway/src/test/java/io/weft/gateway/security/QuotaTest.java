package io.weft.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bucket4j.TimeMeter;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuotaTest {
  private static final class Clock implements TimeMeter {
    private long nowNs;

    void pass(Duration time) {
      nowNs += time.toNanos();
    }

    @Override
    public long currentTimeNanos() {
      return nowNs;
    }

    @Override
    public boolean isWallClockBased() {
      return false;
    }
  }

  private final Clock clock = new Clock();

  private Quota quota(long requests, long tokens, long concurrent) {
    return new Quota(
        new KeyLimits(requests, tokens, concurrent),
        Duration.ofSeconds(7),
        requests == 0 ? null : new Rate.Local(requests, clock),
        tokens == 0 ? null : new Rate.Local(tokens, clock));
  }

  @Test
  void requestsComeBackOverTheMinute() {
    Quota quota = quota(3, 0, 0);
    for (int i = 0; i < 3; i++) {
      quota.begin().close();
    }

    assertThatThrownBy(quota::begin)
        .isInstanceOf(WeftException.Overloaded.class)
        .hasMessage("the limit of this key is 3 requests a minute; try again in 20s")
        .extracting(e -> ((WeftException.Overloaded) e).retryAfter())
        .isEqualTo(Duration.ofSeconds(20));
    clock.pass(Duration.ofSeconds(20));
    quota.begin().close();
    assertThatThrownBy(quota::begin).isInstanceOf(WeftException.Overloaded.class);
  }

  @Test
  void openRequests() {
    Quota quota = quota(0, 0, 2);
    Quota.Permit first = quota.begin();
    quota.begin();

    assertThatThrownBy(quota::begin)
        .hasMessage("2 requests of this key are open, its limit is 2")
        .extracting(e -> ((WeftException.Overloaded) e).retryAfter())
        .isEqualTo(Duration.ofSeconds(7));
    first.close();
    first.close();
    quota.begin();
    assertThatThrownBy(quota::begin).isInstanceOf(WeftException.Overloaded.class);
  }

  @Test
  void aRequestThatIsRefusedForItsRateIsNotOpen() {
    Quota quota = quota(1, 0, 1);
    quota.begin().close();
    assertThatThrownBy(quota::begin).hasMessageContaining("requests a minute");
    clock.pass(Duration.ofMinutes(1));
    assertThatCode(quota::begin).doesNotThrowAnyException();
  }

  @Test
  void tokens() {
    Quota quota = quota(0, 600, 0);
    quota.take(500);

    assertThatThrownBy(() -> quota.take(200))
        .isInstanceOf(WeftException.Overloaded.class)
        .hasMessage(
            "the request may use 200 tokens, 100 are left of the 600 a minute of this key; try again in 10s");
    assertThatThrownBy(() -> quota.take(601))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessage("the request may use 601 tokens, the limit of this key is 600 a minute");
    quota.settle(500, 50);
    quota.take(550);
  }

  @Test
  void moreThanWasTakenIsADebt() {
    Quota quota = quota(0, 60, 0);
    quota.take(10);
    quota.settle(10, 130);

    assertThat(quota.headers())
        .isEqualTo(
            Map.of(
                "x-ratelimit-limit-tokens", "60",
                "x-ratelimit-remaining-tokens", "0",
                "x-ratelimit-reset-tokens", "2m10s"));
    clock.pass(Duration.ofSeconds(70));
    assertThatThrownBy(() -> quota.take(1)).hasMessageContaining("0 are left of the 60");
    clock.pass(Duration.ofSeconds(1));
    quota.take(1);
  }

  @Test
  void withoutLimitsNothingIsRefusedOrSaid() {
    Quota.UNLIMITED.begin();
    Quota.UNLIMITED.take(Long.MAX_VALUE);
    Quota.UNLIMITED.settle(0, Long.MAX_VALUE);
    assertThat(Quota.UNLIMITED.headers()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0,0ms", "0.4,1ms", "999,999ms", "999.5,1s", "1000,1s", "59001,1m0s", "90000,1m30s"})
  void times(double milliseconds, String shown) {
    assertThat(RateLimitHeaders.show(Duration.ofNanos((long) (milliseconds * 1_000_000))))
        .isEqualTo(shown);
  }
}
