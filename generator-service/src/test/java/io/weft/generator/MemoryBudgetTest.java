package io.weft.generator;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  @Test
  void countsHeapWeightsAndKeyValueMemoryOfAllModels() {
    MemoryBudget budget = new MemoryBudget(10_000, 1_000);
    budget.take(2_000, 3_000);
    budget.take(1_000, 3_000);

    assertThatThrownBy(() -> budget.take(1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "it does not fit: 1 bytes of weights, up to 0 bytes of key/value memory and 10,000"
                + " bytes of heap and other models > 10,000 bytes of memory that this machine or"
                + " container has: lower weft.generator.slots or weft.generator.context-length,"
                + " serve fewer models, or give it more memory");
  }

  @Test
  void knowsTheMemoryOfThisProcess() {
    assertThatCode(() -> MemoryBudget.ofThisProcess().take(1, 1)).doesNotThrowAnyException();
    assertThatThrownBy(() -> MemoryBudget.ofThisProcess().take(1, 1L << 50))
        .hasMessageContaining("it does not fit");
  }
}
