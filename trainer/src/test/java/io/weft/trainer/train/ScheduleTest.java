package io.weft.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void risesAndFallsInLines() {
    Schedule schedule = Schedule.of(new Recipe(3, 16, 1, 1e-3, 0, 0.2, 1, 0), 10);

    assertThat(schedule.rate(0)).isZero();
    assertThat(schedule.rate(1)).isCloseTo(5e-4, within(1e-12));
    assertThat(schedule.rate(2)).isCloseTo(1e-3, within(1e-12));
    assertThat(schedule.rate(6)).isCloseTo(5e-4, within(1e-12));
    assertThat(schedule.rate(9)).isCloseTo(1.25e-4, within(1e-12));
    assertThat(Schedule.of(new Recipe(1, 1, 1, 0.5, 0, 0, 1, 0), 4).rate(0)).isEqualTo(0.5);
  }

  @Test
  void recipesHaveBounds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Recipe(0, 16, 1, 1e-3, 0, 0, 1, 0))
        .withMessage("epochs is 0, it must lie in [1, 1,000]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Recipe(1, 1_025, 1, 1e-3, 0, 0, 1, 0))
        .withMessage("batch is 1,025, it must lie in [1, 1,024]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Recipe(1, 1, 1, Double.NaN, 0, 0, 1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new Recipe(1, 1, 1, 1e-3, 2, 0, 1, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new Recipe(1, 1, 1, 1e-3, 0, 0, 0, 0));
  }

  @Test
  void everyEpochHasEachRowOnceInAnOrderOfItsOwn() {
    int[] first = Order.of(1, 0, 1_000);

    assertThat(first.clone())
        .satisfies(
            order -> {
              java.util.Arrays.sort(order);
              for (int i = 0; i < order.length; i++) {
                assertThat(order[i]).isEqualTo(i);
              }
            });
    assertThat(first).isEqualTo(Order.of(1, 0, 1_000));
    assertThat(first).isNotEqualTo(Order.of(1, 1, 1_000)).isNotEqualTo(Order.of(2, 0, 1_000));
  }
}
