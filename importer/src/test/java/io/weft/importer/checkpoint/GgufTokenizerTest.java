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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama-no-prefix", "t5", "bert", "bert-accents"})
  void rebuildsTheOtherKinds(String name) throws IOException {
    Path target = temp.resolve("tokenizer.json");
    read(TokenizerGoldens.gguf(name, temp)).writer().write(target);

    TokenizerGoldens.assertTokenizer(name, target);
  }

  static List<String> schemes() {
    return TokenizerGoldens.schemes();
  }

  @ParameterizedTest
  @MethodSource("schemes")
  void cutsWordsAsTheOriginalOfEachPreTokenizer(String scheme) throws IOException {
    Path target = temp.resolve("tokenizer.json");
    Path file =
        byteLevel()
            .string("tokenizer.ggml.pre", scheme)
            .bool("tokenizer.ggml.add_bos_token", false)
            .write(temp.resolve("f"));
    read(file).writer().write(target);

    TokenizerGoldens.assertScheme(scheme, target);
  }

  /** The metadata of byte-level.gguf, to be changed. */
  private GgufBuilder byteLevel() throws IOException {
    try (MappedFile file = MappedFile.open(TokenizerGoldens.gguf("byte-level", temp))) {
      GgufMetadata metadata = Gguf.parse(file).metadata();
      return new GgufBuilder()
          .string("tokenizer.ggml.model", "gpt2")
          .strings("tokenizer.ggml.tokens", metadata.strings("tokenizer.ggml.tokens", 10_000))
          .ints("tokenizer.ggml.token_type", metadata.integers("tokenizer.ggml.token_type", 10_000))
          .strings("tokenizer.ggml.merges", metadata.strings("tokenizer.ggml.merges", 10_000));
    }
  }

  @Test
  void knowsTheOriginalOfEveryPreTokenizer() {
    refuses(
        tokenizer().string("tokenizer.ggml.pre", "viking"),
        "tokenizer.ggml.pre is 'viking', which is not supported; supported: "
            + TokenizerGoldens.schemes().stream().sorted().toList());
    refuses(tokenizer().without("tokenizer.ggml.pre"), "tokenizer.ggml.pre is 'null'");
    refuses(
        tokenizer().string("tokenizer.ggml.model", "rwkv"),
        "tokenizer model 'rwkv' is not supported; supported: gpt2 (byte-level BPE), llama");
  }

  @Test
  void readsWhatIsPutAround() throws IOException {
    Path target = temp.resolve("tokenizer.json");
    read(tokenizer()
            .bool("tokenizer.ggml.add_bos_token", true)
            .bool("tokenizer.ggml.add_eos_token", true)
            .u32("tokenizer.ggml.eos_token_id", 2))
        .writer()
        .write(target);
    try (HuggingFaceTokenizer written = HuggingFaceTokenizer.newInstance(target)) {
      assertThat(written.encode("ab").getIds()).containsExactly(0, 3, 2);
      assertThat(written.encode("ab", "a").getIds()).containsExactly(0, 3, 2, 0, 1, 2);
    }
    Tokenizer llama3 = read(tokenizer().string("tokenizer.ggml.pre", "llama-bpe"));
    assertThat(llama3.tokens().bos()).isEqualTo(0);
    assertThat(read(tokenizer()).tokens().bos()).isNull();
  }

  @Test
  void findsWhatEndsATurn() throws IOException {
    List<String> tokens = List.of("<s>", "<|eot_id|>", "<|eom_id|>", "<|end|>");
    GgufBuilder builder =
        tokenizer()
            .strings("tokenizer.ggml.tokens", tokens)
            .strings("tokenizer.ggml.merges", List.of())
            .u32("tokenizer.ggml.eos_token_id", 0);

    assertThat(read(builder).tokens().eos()).as("no control tokens").containsExactly(0);
    builder.ints("tokenizer.ggml.token_type", 3, 3, 3, 3);
    assertThat(read(builder).tokens().eos()).containsExactly(0, 1, 2);
    builder.u32("tokenizer.ggml.eot_token_id", 3).u32("tokenizer.ggml.eom_token_id", 0);
    assertThat(read(builder).tokens().eos()).containsExactly(0, 3);
  }

  @Test
  void takesTheDefaultOfSeveralChatTemplates() throws IOException {
    GgufBuilder builder =
        tokenizer()
            .string("tokenizer.chat_template.rag", "rag")
            .string("tokenizer.chat_template.default", "one");
    assertThat(read(builder).chatTemplate()).isEqualTo("one");
    builder.string("tokenizer.chat_template", "two");
    assertThat(read(builder).chatTemplate()).isEqualTo("two");
  }

  @Test
  void readsTheTokensOfEncodersAndEncoderDecoders() throws IOException {
    Tokenizer bert = read(TokenizerGoldens.gguf("bert", temp));
    assertThat(bert.tokens().mask()).isEqualTo(4);
    assertThat(bert.tokens().pad()).isEqualTo(0);
    assertThat(bert.tokens().bos()).isNull();
    assertThat(bert.tokens().eos()).isEmpty();
    Tokenizer t5 = read(TokenizerGoldens.gguf("t5", temp));
    assertThat(t5.tokens().eos()).containsExactly(1);
    assertThat(t5.tokens().bos()).isNull();
  }

  @Test
  void phi3sSpecialTokensTakeTheSpaceBehindThem() throws IOException {
    Path target = temp.resolve("tokenizer.json");
    read(spm().string("general.architecture", "phi3")).writer().write(target);

    JsonNode added = new JsonMapper().readTree(target.toFile()).path("added_tokens");

    assertThat(added)
        .extracting(token -> token.path("content").asText())
        .contains("<s>", "<|end|>");
    assertThat(added)
        .allSatisfy(
            token ->
                assertThat(token.path("rstrip").asBoolean())
                    .isEqualTo(token.path("content").asText().equals("<|end|>")));
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

  @Test
  void refusesBrokenPieces() {
    refuses(
        spm().floats("tokenizer.ggml.scores", 0, 0, 0, Float.NaN),
        "piece '<|end|>' of the tokenizer has score NaN");
    refuses(
        spm().floats("tokenizer.ggml.scores", 0, 0),
        "tokenizer.ggml.scores has 2 elements for 4 tokens");
    refuses(spm().without("tokenizer.ggml.scores"), "no metadata key tokenizer.ggml.scores");
    refuses(
        spm().ints("tokenizer.ggml.token_type", 2, 3, 7, 1),
        "token 2 of the tokenizer has type 7, types are 0 to 6");
    refuses(
        spm().ints("tokenizer.ggml.token_type", 1, 3, 1, 1),
        "neither tokenizer.ggml.unknown_token_id nor a token of type unknown");
    refuses(
        spm().bool("tokenizer.ggml.add_eos_token", true),
        "tokenizer.ggml.add_eos_token without an eos_token_id");
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

  private Tokenizer read(Path path) {
    try (MappedFile file = MappedFile.open(path)) {
      GgufMetadata metadata = Gguf.parse(file).metadata();
      int size = metadata.strings("tokenizer.ggml.tokens", 10_000).size();
      return GgufTokenizer.read(metadata, size);
    }
  }

  private static GgufBuilder spm() {
    return new GgufBuilder()
        .string("tokenizer.ggml.model", "llama")
        .strings("tokenizer.ggml.tokens", List.of("<unk>", "<s>", "▁a", "<|end|>"))
        .ints("tokenizer.ggml.token_type", 2, 3, 1, 3)
        .floats("tokenizer.ggml.scores", 0, 0, -1, 0)
        .u32("tokenizer.ggml.bos_token_id", 1);
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
