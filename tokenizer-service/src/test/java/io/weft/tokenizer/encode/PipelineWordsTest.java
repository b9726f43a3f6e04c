package io.weft.tokenizer.encode;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.tokenizer.Goldens;
import io.weft.tokenizer.vocabulary.Vocabulary;
import io.weft.tokenizer.vocabulary.VocabularyReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By what transformers' own pipeline says (e2e/goldens/pipeline_word_goldens.py). */
class PipelineWordsTest {
  private static final TokenFields ALL = new TokenFields(true, true, true, false);

  @ParameterizedTest
  @ValueSource(strings = {"minilm", "roberta", "xlmroberta"})
  void numbersWordsAsThePipelineDoes(String name) {
    JsonNode goldens = Goldens.json("pipeline-words.goldens.json").path(name);
    assertThat(goldens).hasSizeGreaterThan(30);
    for (JsonNode golden : goldens) {
      Tokens tokens = encode(name, new TextItem(golden.path("text").asText(), null));

      assertThat(tokens.wordIds())
          .as(golden.path("text").asText())
          .isEqualTo(Goldens.ints(golden.path("words")));
    }
  }

  @Test
  void countsTheWordsOfEachTextFromZero() {
    Tokens tokens = encode("minilm", new TextItem("the dog", "the lazy dog"));

    assertThat(tokens.sequences()).containsExactly(-1, 0, 0, -1, 1, 1, 1, -1);
    assertThat(tokens.wordIds()).containsExactly(-1, 0, 1, -1, 0, 1, 2, -1);
  }

  private static Tokens encode(String name, TextItem item) {
    String json = Goldens.tokenizer(name);
    Vocabulary vocabulary = VocabularyReader.read(json, Goldens.SIZE);
    EncodeOptions options =
        new EncodeOptions(true, null, ALL, false, new PipelineWords(vocabulary));
    try (NativeTokenizer tokenizer = NativeTokenizer.open(json)) {
      return new TextEncoder(tokenizer, 1_024).encode(item, options, _ -> {}).tokens();
    }
  }
}
