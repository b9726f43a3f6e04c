package io.weft.gateway.replica;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetryBudgetTest {
  private final RetryBudget budget = new RetryBudget();

  @Test
  void aSuddenLossIsMadeGoodAndALastingOneIsNot() {
    int retries = 0;
    for (int i = 0; i < 2_000; i++) {
      retries += budget.failure() ? 1 : 0;
    }
    assertThat(retries).isEqualTo(499);
    for (int i = 0; i < 5_005; i++) {
      budget.success();
    }
    assertThat(budget.failure()).as("500.5 - 1 tokens").isFalse();
    for (int i = 0; i < 16; i++) {
      budget.success();
    }
    assertThat(budget.failure()).as("501.1 - 1 tokens").isTrue();
  }
}
