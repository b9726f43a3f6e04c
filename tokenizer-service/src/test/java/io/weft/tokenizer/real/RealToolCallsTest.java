package io.weft.tokenizer.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.tokenizer.chat.ChatTemplate;
import io.weft.tokenizer.model.TestModels;
import io.weft.tokenizer.model.TokenizerModel;
import io.weft.tokenizer.model.ToolCallForm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The forms of tool calls that published templates and tokenizers are taken to have. */
class RealToolCallsTest {
  @TempDir Path root;

  @ParameterizedTest
  @CsvSource({
    "Qwen-Qwen2.5-7B-Instruct, TAGGED",
    "Qwen-Qwen3-0.6B, TAGGED",
    "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use, TAGGED",
    "NousResearch-Hermes-3-Llama-3.1-8B-tool_use, TAGGED",
    "meta-llama-Llama-3.1-8B-Instruct, LLAMA",
    "meta-llama-Llama-3.2-3B-Instruct, LLAMA",
    "meta-llama-Llama-3.3-70B-Instruct, LLAMA",
    "mistralai-Mistral-Nemo-Instruct-2407, JSON",
    "microsoft-Phi-3.5-mini-instruct, JSON"
  })
  void templates(String name, ToolCallForm form) throws IOException {
    String source = Files.readString(Assets.folder("llama-cpp").resolve(name + ".jinja"));

    assertThat(ToolCallForm.of(ChatTemplate.parse(source, TestModels.LIMITS))).isEqualTo(form);
  }

  /** Its tags are added tokens, but not special: they stand in every text. */
  @Test
  void qwen3() {
    try (TokenizerModel model = RealTokenizers.load("qwen3", root)) {
      assertThat(model.vocabulary().id("<tool_call>")).hasValue(151_657);
      assertThat(ToolCallForm.TAGGED.marksAreSpecial(model)).isFalse();
    }
  }
}
