package io.weft.runtime.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

  @Test
  void aTenantAloneLeavesRoomForOthers() {
    AdmissionLimit shared = new AdmissionLimit(100, 1_000_000, 0.75, Duration.ofSeconds(1));
    assertThat(admitAll(shared, "a", 1)).isEqualTo(75);
    assertThatThrownBy(() -> shared.admit("a", 1))
        .isInstanceOfSatisfying(
            WeftException.Overloaded.class,
            e -> {
              assertThat(e.reason()).isEqualTo("TENANT_QUEUE_FULL");
              assertThat(e)
                  .hasMessage(
                      "75 requests of this caller are queued or running, the rest of 100 is kept for"
                          + " others");
            });
    assertThat(admitAll(shared, "b", 1)).isEqualTo(19);
    for (int i = 0; i < 6; i++) {
      shared.admit("new " + i, 1);
    }
    assertThatThrownBy(() -> shared.admit("too late", 1)).hasMessageStartingWith("100 requests");
  }

  @Test
  void tokensAreSharedToo() {
    AdmissionLimit shared = new AdmissionLimit(1_000, 10_000, 0.5, Duration.ofSeconds(1));
    assertThat(admitAll(shared, "a", 100)).isEqualTo(50);
    assertThatThrownBy(() -> shared.admit("a", 100))
        .hasMessage(
            "5,000 tokens of this caller are queued or running, the rest of 10,000 is kept for"
                + " others");
    assertThat(admitAll(shared, "b", 100)).isEqualTo(25);
  }

  /** What was held before others came is given back in time, and then shares are equal. */
  @Test
  void tenantsThatKeepComingEndUpWithEqualShares() {
    AdmissionLimit shared = new AdmissionLimit(70, 1_000_000, 0.75, Duration.ofSeconds(1));
    Map<String, Deque<AdmissionLimit.Permit>> held = new HashMap<>();
    for (String tenant : List.of("a", "b")) {
      held.put(tenant, new ArrayDeque<>());
      admitAll(shared, tenant, 1, held.get(tenant));
    }
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      Deque<AdmissionLimit.Permit> mine = held.get(random.nextBoolean() ? "a" : "b");
      if (!mine.isEmpty()) {
        mine.removeFirst().close();
      }
      held.forEach((tenant, permits) -> admitAll(shared, tenant, 1, permits));
    }
    // 3 / 7 of all each.
    assertThat(held.get("a").size()).isBetween(27, 33);
    assertThat(held.get("b").size()).isBetween(27, 33);
  }

  @Test
  void tenantsThatHoldNothingAreForgotten() {
    AdmissionLimit shared = new AdmissionLimit(10, 100, 0.5, Duration.ofSeconds(1));
    for (int i = 0; i < 1_000; i++) {
      shared.admit("caller " + i, 1).close();
    }
    assertThat(shared.tenants()).isZero();
  }

  /** However small the limit, each tenant can have one request while there is room. */
  @Test
  void theFirstRequestOfATenantNeedsRoomOnly() {
    AdmissionLimit small = new AdmissionLimit(2, 10, 0.1, Duration.ofSeconds(1));
    small.admit("a", 9);
    small.admit("b", 1);
    assertThat(small.requests()).isEqualTo(2);
    AdmissionLimit one = new AdmissionLimit(1, 1, 0.1, Duration.ofSeconds(1));
    one.admit("a", 100);
    assertThat(one.tokens()).isEqualTo(100);
  }

  private static int admitAll(AdmissionLimit limit, String tenant, long size) {
    return admitAll(limit, tenant, size, new ArrayDeque<>());
  }

  private static int admitAll(
      AdmissionLimit limit, String tenant, long size, Deque<AdmissionLimit.Permit> into) {
    int count = 0;
    try {
      while (true) {
        into.addLast(limit.admit(tenant, size));
        count++;
      }
    } catch (WeftException.Overloaded e) {
      return count;
    }
  }
}
