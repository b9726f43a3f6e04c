package io.weft.tokenizer.encode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
  @ParameterizedTest
  @ValueSource(strings = {"", "a", "\u007f\u0080\u07ff\u0800", "é日😀", "\uffff\ue000", "\u0000"})
  void countsAsTheEncoderDoes(String text) {
    assertThat(Utf8.length(text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
    assertThat(Utf8.loneSurrogate(text)).isEqualTo(-1);
  }

  @Test
  void findsTheFirstHalfOfAPair() {
    assertThat(Utf8.loneSurrogate("\ud83d")).isZero();
    assertThat(Utf8.loneSurrogate("a\ude00😀")).isEqualTo(1);
    assertThat(Utf8.loneSurrogate("😀\ud83d\ud83d\ude00")).isEqualTo(2);
    assertThat(Utf8.loneSurrogate("😀\ud83da")).isEqualTo(2);
  }
}
