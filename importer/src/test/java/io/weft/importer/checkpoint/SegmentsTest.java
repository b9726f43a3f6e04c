package io.weft.importer.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which models get segments. Expected is what AutoTokenizer of transformers 5.24 gave for the same
 * tokenizer_config.json beside a BERT.
 */
class SegmentsTest {
  private static final JsonMapper JSON = new JsonMapper();

  private static final String NO_SEGMENTS =
      "{\"model_input_names\": [\"input_ids\", \"attention_mask\"]}";

  @TempDir Path temp;
  private Path bert;

  @BeforeEach
  void copyCheckpoint() {
    bert = TinyCheckpoints.bert(temp);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|true",
        "{\"tokenizer_class\": null}|true",
        "{\"tokenizer_class\": \"BertTokenizer\"}|true",
        "{\"tokenizer_class\": \"BertTokenizerFast\"}|true",
        "{\"tokenizer_class\": \"ElectraTokenizer\"}|true",
        "{\"tokenizer_class\": \"PreTrainedTokenizerFast\"}|false",
        "{\"tokenizer_class\": \"TokenizersBackend\"}|false",
        "{\"tokenizer_class\": \"DistilBertTokenizer\"}|false",
        "{\"tokenizer_class\": \"BertTokenizer\", \"model_input_names\": [\"input_ids\", \"attention_mask\"]}|false",
        "{\"tokenizer_class\": \"BertTokenizer\", \"model_input_names\": []}|false",
        "{\"tokenizer_class\": \"PreTrainedTokenizerFast\", \"model_input_names\": [\"input_ids\", \"token_type_ids\"]}|true",
      })
  void givesSegmentsAsTransformersDoes(String settings, boolean expected) throws IOException {
    Files.writeString(bert.resolve("tokenizer_config.json"), settings);

    Encoding pair = pair(true);

    long second = expected ? 1 : 0;
    // [CLS] a [SEP] b [SEP]
    assertThat(pair.getTypeIds()).containsExactly(0, 0, 0, second, second);
    assertThat(pair.getTokens()).containsExactly("[CLS]", "a", "[SEP]", "b", "[SEP]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "{\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": true, \"use_regex\": true}",
        "{\"type\": \"BertProcessing\", \"sep\": [\"[SEP]\", 3], \"cls\": [\"[CLS]\", 2]}",
        "{\"type\": \"RobertaProcessing\", \"sep\": [\"[SEP]\", 3], \"cls\": [\"[CLS]\", 2],"
            + " \"trim_offsets\": true, \"add_prefix_space\": true}",
        "{\"type\": \"Sequence\", \"processors\": [{\"type\": \"ByteLevel\", \"add_prefix_space\": true,"
            + " \"trim_offsets\": true, \"use_regex\": true}, {\"type\": \"BertProcessing\","
            + " \"sep\": [\"[SEP]\", 3], \"cls\": [\"[CLS]\", 2]}]}",
      })
  void anyPostProcessorKeepsItsTokens(String processor) throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(bert.resolve("tokenizer.json").toFile());
    json.set("post_processor", JSON.readTree(processor));
    JSON.writeValue(bert.resolve("tokenizer.json").toFile(), json);
    Files.writeString(bert.resolve("tokenizer_config.json"), "{}");
    Encoding before = pair(true);
    Encoding bareBefore = pair(false);
    Files.writeString(bert.resolve("tokenizer_config.json"), NO_SEGMENTS);

    assertThat(pair(true).getIds()).containsExactly(before.getIds());
    assertThat(pair(true).getTypeIds()).containsOnly(0);
    assertThat(pair(false).getIds()).containsExactly(bareBefore.getIds());
    assertThat(pair(false).getTypeIds()).containsOnly(0);
  }

  @Test
  void aTokenizerMadeFromItsVocabularyHasOneSegmentToo() throws IOException {
    Path folder = TokenizerGoldens.folder("bert", temp);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"tokenizer_class\": \"BertTokenizer\", \"model_input_names\": [\"input_ids\"]}");
    Path written = temp.resolve("made.json");

    io.weft.importer.checkpoint.HuggingFaceTokenizer.read(
            folder, JSON.createObjectNode().put("model_type", "bert"), 1 << 16, true)
        .writer()
        .write(written);

    try (HuggingFaceTokenizer tokenizer = open(written)) {
      assertThat(tokenizer.encode("a", "b").getTypeIds()).containsOnly(0);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"token_type_ids\"|model_input_names is no list",
        "{}|model_input_names is no list",
        "[3]|model_input_names has 3, which is no text",
      })
  void refusesOtherLists(String names, String message) throws IOException {
    Files.writeString(
        bert.resolve("tokenizer_config.json"), "{\"model_input_names\": " + names + "}");

    assertThatThrownBy(() -> Checkpoint.open(bert).close())
        .isInstanceOf(ImportException.class)
        .hasMessageContaining(message);
  }

  private Encoding pair(boolean specialTokens) throws IOException {
    Path written = temp.resolve("written.json");
    try (Checkpoint checkpoint = Checkpoint.open(bert)) {
      checkpoint.tokenizer().writer().write(written);
    }
    try (HuggingFaceTokenizer tokenizer = open(written)) {
      return tokenizer.encode("a", "b", specialTokens, false);
    }
  }

  private static HuggingFaceTokenizer open(Path file) throws IOException {
    return HuggingFaceTokenizer.builder()
        .optTokenizerPath(file)
        .optTruncation(false)
        .optPadding(false)
        .build();
  }
}
