package io.weft.gateway.backend;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LabelBoundsTest {
  @Test
  void boundsTheScoresOfARequest() {
    assertThatCode(() -> LabelBounds.check(2_048, 128, "input")).doesNotThrowAnyException();
    assertThatThrownBy(() -> LabelBounds.check(2_048, 1_500, "input"))
        .hasMessage(
            "input: 2,048 sequences with 1,500 labels are 3,072,000 scores > 262,144: send fewer");
  }
}
