package io.weft.gateway.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.fake.FakeEncoder;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A busy backend is not a lost one. */
@QuarkusTest
@TestProfile(LateAnswersTest.ShortPolls.class)
class LateAnswersTest {
  /** Asks often, and waits a moment only. */
  public static final class ShortPolls implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("weft.gateway.poll-interval", "50ms", "weft.gateway.poll-timeout", "200ms");
    }
  }

  @Inject Backends backends;

  @AfterEach
  void answerAgain() {
    FakeEncoder.silences.set(0);
  }

  @Test
  void twoLateAnswersChangeNothing() throws InterruptedException {
    await(() -> reachable());
    FakeEncoder.silences.set(2);
    long end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
    while (System.nanoTime() < end) {
      assertThat(reachable()).isTrue();
      Thread.sleep(5);
    }
    assertThat(FakeEncoder.silences).hasValue(0);
  }

  @Test
  void aBackendThatStaysSilentIsLostAndComesBack() throws InterruptedException {
    await(() -> reachable());
    FakeEncoder.silences.set(Integer.MAX_VALUE);
    await(() -> !reachable());
    assertThat(backends.state(Backend.ENCODER).problem()).contains("limit of 200 ms");
    FakeEncoder.silences.set(0);
    await(() -> reachable());
  }

  private boolean reachable() {
    return backends.state(Backend.ENCODER).reachable();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("10 s have passed").isLessThan(end);
      Thread.sleep(5);
    }
  }
}
