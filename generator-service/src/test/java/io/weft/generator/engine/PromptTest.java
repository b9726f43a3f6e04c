package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.text.Vocabularies;
import io.weft.generator.text.Vocabulary;
import org.junit.jupiter.api.Test;

class PromptTest {
  private final Vocabulary vocabulary = Vocabularies.bytesAndWords(true);

  @Test
  void hasTextUnlessItIsSpecialTokensAlone() {
    assertThat(Prompt.of(Vocabularies.SPECIAL, 'a').hasText(vocabulary)).isTrue();
    assertThat(Prompt.of(Vocabularies.SPECIAL).hasText(vocabulary)).isFalse();
    assertThat(Prompt.of(Vocabularies.SPECIAL, vocabulary.size()).hasText(vocabulary)).isFalse();
  }
}
