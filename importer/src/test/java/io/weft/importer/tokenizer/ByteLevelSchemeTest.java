package io.weft.importer.tokenizer;

import static org.assertj.core.api.Assertions.assertThatNoException;

import io.weft.runtime.text.TokenizerRegexes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteLevelSchemeTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt-2",
        "command-r",
        "falcon",
        "llama-bpe",
        "dbrx",
        "qwen2",
        "qwen35",
        "deepseek-llm",
        "deepseek-coder",
        "deepseek-v3",
        "gpt-4o",
        "tekken",
        "default"
      })
  void expressionsAreThoseThatServicesTake(String name) {
    String preTokenizer = ByteLevelScheme.named(name).preTokenizer().toString();
    assertThatNoException().isThrownBy(() -> TokenizerRegexes.check(preTokenizer));
  }
}
