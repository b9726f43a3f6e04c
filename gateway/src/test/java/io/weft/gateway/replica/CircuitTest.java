package io.weft.gateway.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CircuitTest {
  private long nowNs = Long.MAX_VALUE - 1_000;
  private final Circuit circuit = new Circuit(() -> nowNs);

  @Test
  void opensAfterFailuresInARowOnly() {
    fail(Circuit.FAILURES - 1);
    circuit.success();
    fail(Circuit.FAILURES - 1);
    assertThat(circuit.isOpen()).isFalse();
    fail(1);
    assertThat(circuit.isOpen()).isTrue();
  }

  @Test
  void staysOpenTwiceAsLongEachTime() {
    fail(Circuit.FAILURES);
    for (int seconds : new int[] {2, 4, 8, 16, 30, 30}) {
      pass(Duration.ofSeconds(seconds).minusMillis(1));
      assertThat(circuit.isOpen()).as("just before %d s", seconds).isTrue();
      pass(Duration.ofMillis(1));
      assertThat(circuit.isOpen()).as("after %d s", seconds).isFalse();
      fail(1);
      assertThat(circuit.isOpen()).as("the first call decides").isTrue();
    }
  }

  @Test
  void aSuccessClosesItForGood() {
    fail(Circuit.FAILURES);
    pass(Circuit.SHORTEST);
    circuit.success();
    fail(Circuit.FAILURES - 1);
    assertThat(circuit.isOpen()).isFalse();
    fail(1);
    pass(Circuit.SHORTEST);
    assertThat(circuit.isOpen()).as("the shortest time again").isFalse();
  }

  @Test
  void failuresOfCallsThatBeganBeforeItOpenedChangeNothing() {
    fail(Circuit.FAILURES + 20);
    pass(Circuit.SHORTEST);
    assertThat(circuit.isOpen()).isFalse();
  }

  private void fail(int times) {
    for (int i = 0; i < times; i++) {
      circuit.failure();
    }
  }

  private void pass(Duration time) {
    nowNs += time.toNanos();
  }
}
