package io.weft.gateway.tagging;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TaggerTest {
  @Test
  void boundsTheTokensOfARequest() {
    assertThatCode(() -> Tagger.checkTokens(131_072, "input")).doesNotThrowAnyException();
    assertThatThrownBy(() -> Tagger.checkTokens(512_000, "input"))
        .hasMessage("input: 512,000 tokens together > 131,072: send fewer texts");
  }
}
