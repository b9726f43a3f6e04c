package io.weft.runtime.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdmissionLimitTest {
  private final AdmissionLimit limit = new AdmissionLimit(2, 100, Duration.ofSeconds(3));

  @Test
  void refusesOneRequestTooManyAndSaysWhenToComeBack() {
    limit.admit(1);
    limit.admit(1);
    assertThatThrownBy(() -> limit.admit(1))
        .isInstanceOfSatisfying(
            WeftException.Overloaded.class,
            e -> {
              assertThat(e).hasMessage("2 requests are queued or running, the limit is 2");
              assertThat(e.retryAfter()).isEqualTo(Duration.ofSeconds(3));
            });
  }

  @Test
  void refusesTokensPastTheLimit() {
    limit.admit(60);
    assertThatThrownBy(() -> limit.admit(41)).hasMessageContaining("limit of 100");
    limit.admit(40);
    assertThat(limit.tokens()).isEqualTo(100);
  }

  @Test
  void anOversizedRequestRunsAlone() {
    AdmissionLimit.Permit big = limit.admit(1_000);
    assertThatThrownBy(() -> limit.admit(1)).isInstanceOf(WeftException.Overloaded.class);
    big.close();
    limit.admit(1);
  }

  @Test
  void closingTwiceReleasesOnce() {
    limit.admit(10);
    AdmissionLimit.Permit permit = limit.admit(20);
    permit.close();
    permit.close();
    assertThat(limit.requests()).isEqualTo(1);
    assertThat(limit.tokens()).isEqualTo(10);
  }
}
