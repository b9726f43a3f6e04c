package io.weft.tokenizer.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.tokenizer.Goldens;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class DetokenizerTest {
  private static final java.util.List<String> TOKENIZERS = Goldens.TOKENIZERS;

  @ParameterizedTest
  @FieldSource("TOKENIZERS")
  void decodesWhatTheReferenceDecodes(String name) {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer(name), 500);
    for (JsonNode golden : decodings(name).toList()) {
      int[] ids = Goldens.ints(golden.path("ids"));

      assertThat(Detokenizer.decode(vocabulary, ids, true))
          .as(Arrays.toString(ids))
          .isEqualTo(golden.path("text").asText());
      assertThat(Detokenizer.decode(vocabulary, ids, false))
          .as(Arrays.toString(ids))
          .isEqualTo(golden.path("whole").asText());
    }
  }

  @ParameterizedTest
  @FieldSource("TOKENIZERS")
  void piecesMakeTheWholeHoweverTheyAreCut(String name) {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer(name), 500);
    Random random = new Random(11);
    for (int round = 0; round < 500; round++) {
      boolean skip = random.nextBoolean();
      int[] ids = random.ints(random.nextInt(30), 0, vocabulary.size()).toArray();
      Detokenizer detokenizer = new Detokenizer(vocabulary, skip);
      StringBuilder text = new StringBuilder();
      for (int from = 0; from < ids.length; ) {
        int to = Math.min(ids.length, from + random.nextInt(4));
        text.append(detokenizer.append(Arrays.copyOfRange(ids, from, to)));
        from = to;
      }
      text.append(detokenizer.finish());

      assertThat(text.toString())
          .as(Arrays.toString(ids))
          .isEqualTo(Detokenizer.decode(vocabulary, ids, skip));
    }
  }

  @Test
  void holdsBackACharacterUntilItIsWhole() {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer("smollm"), 480);
    // U+1F600 in GPT-2's byte alphabet: f0 9f 98 80.
    int[] emoji =
        Stream.of("ð", "Ł", "ĺ", "Ģ").mapToInt(t -> vocabulary.id(t).orElseThrow()).toArray();
    Detokenizer detokenizer = new Detokenizer(vocabulary, true);

    assertThat(detokenizer.append(new int[] {emoji[0]})).isEmpty();
    assertThat(detokenizer.append(new int[] {emoji[1], emoji[2]})).isEmpty();
    assertThat(detokenizer.append(new int[] {emoji[3]})).isEqualTo("😀");
    assertThat(detokenizer.append(new int[] {emoji[0]})).isEmpty();
    assertThat(detokenizer.append(new int[] {vocabulary.id("a").orElseThrow()}))
        .isEqualTo("\ufffda");
    assertThat(detokenizer.append(new int[] {emoji[0], emoji[1]})).isEmpty();
    assertThat(detokenizer.finish()).isEqualTo("\ufffd");
  }

  @Test
  void aSkippedTokenDoesNotBeginTheText() {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer("minilm"), 400);
    int cls = vocabulary.id("[CLS]").orElseThrow();
    int the = vocabulary.id("the").orElseThrow();
    Detokenizer detokenizer = new Detokenizer(vocabulary, true);

    assertThat(detokenizer.append(new int[] {cls})).isEmpty();
    assertThat(detokenizer.append(new int[] {399, the})).isEqualTo("the");
    assertThat(detokenizer.append(new int[] {cls, the})).isEqualTo(" the");
    assertThat(Detokenizer.decode(vocabulary, new int[] {cls, the}, false)).isEqualTo("[CLS] the");
  }

  private static Stream<JsonNode> decodings(String name) {
    return Goldens.elements(Goldens.json(name + ".goldens.json").path("decodings"));
  }
}
