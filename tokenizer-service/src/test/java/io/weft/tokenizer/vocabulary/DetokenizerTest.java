package io.weft.tokenizer.vocabulary;

import static java.nio.charset.StandardCharsets.UTF_8;
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
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer(name), Goldens.SIZE);
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
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer(name), Goldens.SIZE);
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

  /** Runs of byte tokens that make no characters are not the reference's: one U+FFFD a break. */
  @Test
  void bytesThatMakeNoCharacterAreReplaced() {
    Vocabulary vocabulary = VocabularyReader.read(Goldens.tokenizer("sentencepiece"), 600);
    int[] ids =
        Stream.of("<0xC3>", "<0xA9>", "<0xE6>", "<0x97>", "▁the", "<0xFF>", "<0x41>")
            .mapToInt(t -> vocabulary.id(t).orElseThrow())
            .toArray();

    assertThat(Detokenizer.decode(vocabulary, ids, true)).isEqualTo("é\ufffd the\ufffdA");
  }

  @Test
  void onlyTheTextsFirstSpaceIsLeftOut() {
    Vocabulary sentencePiece = VocabularyReader.read(Goldens.tokenizer("sentencepiece"), 600);
    int the = sentencePiece.id("▁the").orElseThrow();
    int space = sentencePiece.id("▁").orElseThrow();
    int bos = sentencePiece.id("<s>").orElseThrow();

    assertThat(Detokenizer.decode(sentencePiece, new int[] {bos, the, the}, true))
        .isEqualTo("the the");
    assertThat(Detokenizer.decode(sentencePiece, new int[] {space, the}, true)).isEqualTo(" the");
    assertThat(Detokenizer.decode(sentencePiece, new int[] {bos, the}, false)).isEqualTo("<s> the");
    assertThat(sentencePiece.bytes(the)).isEqualTo(" the".getBytes(UTF_8));
    assertThat(sentencePiece.stripLeadingSpace()).isTrue();
    assertThat(VocabularyReader.read(Goldens.tokenizer("t5"), 600).stripLeadingSpace()).isTrue();
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
