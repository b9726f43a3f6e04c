package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tokenizer built for ByT5, read by the tokenizers library, against transformers' own. */
class ByT5TokenizerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String UNKNOWN = "\uFFFD";

  @TempDir Path temp;

  /**
   * Of {@code e2e/goldens/tiny_t5.py}.
   *
   * @param pair of "one" and "two"
   * @param decodings of ids that are not all text
   */
  record Goldens(List<Encoding> encodings, long[] pair, List<Decoding> decodings) {}

  record Encoding(String text, long[] ids, String decoded) {}

  record Decoding(long[] ids, String decoded) {}

  @Test
  void textsBecomeTheIdsOfTransformersAndBack() throws IOException {
    Goldens goldens = TinyCheckpoints.read("byt5-tokenizer-goldens.json", Goldens.class);
    assertThat(goldens.encodings()).hasSizeGreaterThan(15);
    try (HuggingFaceTokenizer tokenizer = tokenizer("{}", 384)) {
      for (Encoding encoding : goldens.encodings()) {
        assertThat(tokenizer.encode(encoding.text()).getIds())
            .as(encoding.text())
            .isEqualTo(encoding.ids());
        assertThat(tokenizer.decode(encoding.ids(), true)).isEqualTo(encoding.decoded());
      }
      assertThat(tokenizer.encode("one", "two").getIds()).isEqualTo(goldens.pair());
    }
  }

  /** Where transformers leaves bytes out that are no text, a replacement character stands here. */
  @Test
  void bytesThatAreNoTextAreReplaced() throws IOException {
    Goldens goldens = TinyCheckpoints.read("byt5-tokenizer-goldens.json", Goldens.class);
    try (HuggingFaceTokenizer tokenizer = tokenizer("{}", 384)) {
      for (Decoding decoding : goldens.decodings()) {
        assertThat(tokenizer.decode(decoding.ids(), true).replace(UNKNOWN, ""))
            .isEqualTo(decoding.decoded());
      }
      assertThat(tokenizer.decode(new long[] {0xE6 + 3, 0x97 + 3, 'a' + 3}, true))
          .isEqualTo(UNKNOWN + "a");
    }
  }

  @Test
  void tokensThatTheFolderListsAreUsed() throws IOException {
    String listed =
        """
        {"eos_token": {"content": "</s>"}, "added_tokens_decoder": {
          "0": {"content": "<nil>", "lstrip": false, "rstrip": false},
          "259": {"content": "<first>"}, "270": {"content": "<last>"}}}
        """;
    try (HuggingFaceTokenizer tokenizer = tokenizer(listed, 271)) {
      assertThat(tokenizer.encode("a <nil><first> <last>").getIds())
          .containsExactly(100, 35, 0, 259, 35, 270, 1);
    }
    String named = "{\"additional_special_tokens\": [\"<x>\", {\"content\": \"<y>\"}]}";
    try (HuggingFaceTokenizer tokenizer = tokenizer(named, 261)) {
      assertThat(tokenizer.encode("<y><x>").getIds()).containsExactly(260, 259, 1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|383|added token '<extra_id_124>' has id 383, which is not below 383",
        "{\"extra_ids\":0}|258|vocab_size is 258, a byte tokenizer needs at least 259",
        "{\"extra_ids\":20000}|384|extra_ids is 20,000, it must lie in [0, 16,384]",
        "{\"extra_ids\":-1}|384|extra_ids is -1",
        "{\"added_tokens_decoder\":{\"7\":{\"content\":\"<x>\"}}}|384|added token '<x>' has id 7, which is that of a byte",
        "{\"added_tokens_decoder\":{\"-1\":{\"content\":\"<x>\"}}}|384|has the id '-1'",
        "{\"added_tokens_decoder\":{\"259\":{\"content\":\"x\"}}}|384|added token 259 must have a text of its own",
        "{\"added_tokens_decoder\":{\"259\":{\"content\":\"</s>\"}}}|384|added token 259 must have a text of its own",
        "{\"added_tokens_decoder\":{\"259\":{\"content\":\"<x>\",\"lstrip\":true}}}|384|lstrip and rstrip apart",
      })
  void refusesTokensThatDoNotFit(String settings, int vocabularySize, String message) {
    assertThatThrownBy(() -> ByT5Tokenizer.read(json(settings), vocabularySize))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private HuggingFaceTokenizer tokenizer(String settings, int vocabularySize) throws IOException {
    Path file = temp.resolve("tokenizer.json");
    ByT5Tokenizer.read(json(settings), vocabularySize).write(file);
    return HuggingFaceTokenizer.builder().optTokenizerPath(file).optTruncation(false).build();
  }

  private static JsonNode json(String text) throws IOException {
    return JSON.readTree(text);
  }
}
