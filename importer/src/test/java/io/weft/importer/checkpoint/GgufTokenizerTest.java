package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.importer.GgufBuilder;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufTokenizerTest {
  @TempDir Path temp;

  @Test
  void theRebuiltTokenizerEncodesAsTheOriginal() throws IOException {
    Path rebuilt = temp.resolve("tokenizer.json");
    try (Checkpoint checkpoint = Checkpoint.open(TinyCheckpoints.llamaGguf(temp, "q4_1"))) {
      checkpoint.tokenizer().writer().write(rebuilt);
    }
    try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(rebuilt)) {
      List<TinyCheckpoints.Encoding> goldens = TinyCheckpoints.llamaGoldens().encodings();
      assertThat(goldens).hasSizeGreaterThan(10);
      for (TinyCheckpoints.Encoding golden : goldens) {
        assertThat(Arrays.stream(tokenizer.encode(golden.text()).getIds()).mapToInt(i -> (int) i))
            .as(golden.text())
            .containsExactlyElementsOf(golden.ids());
      }
    }
  }

  @Test
  void keepsTemplateAndSpecialTokens() {
    try (Checkpoint checkpoint = Checkpoint.open(TinyCheckpoints.llamaGguf(temp, "f32"))) {
      Tokenizer tokenizer = checkpoint.tokenizer();

      assertThat(tokenizer.chatTemplate()).contains("<|im_start|>assistant");
      assertThat(tokenizer.tokens().eos()).containsExactly(2);
      assertThat(tokenizer.tokens().pad()).isEqualTo(2);
      assertThat(tokenizer.tokens().bos()).isNull();
    }
  }

  @Test
  void putsBosBeforeTextsWhereTheModelWantsIt() throws IOException {
    Tokenizer tokenizer = read(tokenizer().bool("tokenizer.ggml.add_bos_token", true));
    Path file = temp.resolve("tokenizer.json");
    tokenizer.writer().write(file);

    assertThat(tokenizer.tokens().bos()).isEqualTo(0);
    try (HuggingFaceTokenizer written = HuggingFaceTokenizer.newInstance(file)) {
      assertThat(written.encode("ab").getIds()).containsExactly(0, 3);
      assertThat(written.encode("ab", "b").getIds()).containsExactly(0, 3, 0, 2);
      assertThat(written.encode("ab", false, false).getIds()).containsExactly(3);
    }
  }

  @Test
  void marksControlAndUserDefinedTokens() throws IOException {
    Path file = temp.resolve("tokenizer.json");
    read(tokenizer().ints("tokenizer.ggml.token_type", 3, 1, 4, 1)).writer().write(file);

    JsonNode added = new JsonMapper().readTree(file.toFile()).path("added_tokens");

    assertThat(added).hasSize(2);
    assertThat(added.get(0).path("content").asText()).isEqualTo("<s>");
    assertThat(added.get(0).path("special").asBoolean()).isTrue();
    assertThat(added.get(1).path("content").asText()).isEqualTo("b");
    assertThat(added.get(1).path("special").asBoolean()).isFalse();
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    refuses(
        tokenizer().string("tokenizer.ggml.pre", "viking"),
        "tokenizer.ggml.pre is 'viking', which is not supported; supported: [gpt-2, smollm]");
    refuses(tokenizer().without("tokenizer.ggml.pre"), "tokenizer.ggml.pre is 'null'");
    refuses(
        tokenizer().string("tokenizer.ggml.model", "llama"),
        "tokenizer model 'llama' is not supported");
    refuses(
        tokenizer().bool("tokenizer.ggml.add_eos_token", true), "add_eos_token is not supported");
  }

  @Test
  void refusesContradictions() {
    refuses(
        tokenizer().strings("tokenizer.ggml.tokens", List.of("<s>", "a", "a", "ab")),
        "tokens 1 and 2 of the tokenizer are equal");
    refuses(
        tokenizer().strings("tokenizer.ggml.tokens", List.of("<s>", "a", "b")),
        "tokenizer.ggml.tokens has 3 tokens, the embedding table 4 rows");
    refuses(
        tokenizer().ints("tokenizer.ggml.token_type", 3),
        "tokenizer.ggml.token_type has 1 elements for 4 tokens");
    for (String merge : List.of("a c", "ab", "b a", "a b ", " a b")) {
      refuses(
          tokenizer().strings("tokenizer.ggml.merges", List.of("a b", merge)),
          "merge 1 of the tokenizer does not join two of its tokens into a third");
    }
    refuses(
        tokenizer().u32("tokenizer.ggml.eos_token_id", 4),
        "tokenizer.ggml.eos_token_id is 4, it must lie in [0, 3]");
    refuses(tokenizer().u32("tokenizer.ggml.tokens", 4), "tokenizer.ggml.tokens is not an array");
    refuses(
        tokenizer().string("tokenizer.chat_template", "x".repeat((1 << 20) + 1)),
        "the chat template has 1,048,577 characters, the limit is 1,048,576");
  }

  private void refuses(GgufBuilder builder, String message) {
    assertThatThrownBy(() -> read(builder))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private Tokenizer read(GgufBuilder builder) throws IOException {
    try (MappedFile file = MappedFile.open(builder.write(temp.resolve("f")))) {
      return GgufTokenizer.read(Gguf.parse(file).metadata(), 4);
    }
  }

  private static GgufBuilder tokenizer() {
    return new GgufBuilder()
        .string("tokenizer.ggml.model", "gpt2")
        .string("tokenizer.ggml.pre", "gpt-2")
        .strings("tokenizer.ggml.tokens", List.of("<s>", "a", "b", "ab"))
        .ints("tokenizer.ggml.token_type", 3, 1, 1, 1)
        .strings("tokenizer.ggml.merges", List.of("a b"))
        .u32("tokenizer.ggml.bos_token_id", 0);
  }
}
