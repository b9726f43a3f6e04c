package io.weft.gateway.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BodyPaceTest {
  private long nowNs = -5;
  private final BodyPace pace = new BodyPace(() -> nowNs);

  @Test
  void aBodyHasAMinuteAndASecondMoreForEachKibibyte() {
    pace.check(0);
    after(60);
    pace.check(1);
    after(1);
    refused(1_023, "the body has come for 61 s and has 1,023 bytes so far, it must be faster");
    pace.check(1_024);
    after(8_131);
    pace.check(8_388_608);
    refused(8_000_000, "the body has come for 8,192 s and has 8,000,000 bytes");
  }

  private void refused(long bytes, String message) {
    assertThatThrownBy(() -> pace.check(bytes))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessageContaining(message)
        .extracting(failure -> ((WeftException) failure).reason())
        .isEqualTo("BODY_TOO_SLOW");
  }

  private void after(long seconds) {
    nowNs += TimeUnit.SECONDS.toNanos(seconds);
  }
}
