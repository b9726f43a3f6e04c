package io.weft.gateway.states;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import org.junit.jupiter.api.Test;

class ReplySizeTest {
  @Test
  void namesTheLimitAndTheValue() {
    assertThatCode(() -> ReplySize.check(4_194_304, "send less text", "input"))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> ReplySize.check(4_194_305, "send less text", "input"))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessage("the answer would hold 4,194,305 numbers > 4,194,304: send less text");
  }
}
