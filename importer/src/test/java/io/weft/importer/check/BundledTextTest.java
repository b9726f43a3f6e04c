package io.weft.importer.check;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BundledTextTest {
  /** Published figures were measured over this very text. */
  @Test
  void isTheTextThatFiguresWereMeasuredOver() {
    assertThat(BundledText.whole()).hasSize(16_953).startsWith("The ferry to Norrholm");
    assertThat(BundledText.paragraphs()).hasSize(54).allSatisfy(p -> assertThat(p).isNotBlank());
  }
}
