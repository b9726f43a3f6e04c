package io.weft.tokenizer.vocabulary;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.tokenizer.Goldens;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults that would make the native library abort the process, or hand out wrong ids. */
class VocabularyReaderTest {
  private static final int SIZE = 400;

  @Test
  void acceptsTheGoldenTokenizers() {
    for (String name : Goldens.TOKENIZERS) {
      assertThatNoException().isThrownBy(() -> read(name, file -> {}, Goldens.SIZE));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nothing",
        "[]",
        "3",
        "null",
        "{}",
        "{\"model\":null}",
        "{\"model\":",
        "\u0000"
      })
  void refusesWhatIsNoTokenizer(String json) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> VocabularyReader.read(json, SIZE));
  }

  @Test
  void refusesOtherKindsOfTokenizers() {
    assertRefused(
        model -> model.put("type", "WordLevel"),
        "a tokenizer of type 'WordLevel' is not supported (BPE, WordPiece, Unigram are) by this"
            + " version");
    assertRefused(model -> model.remove("type"), "type 'null' is not supported");
    assertFileRefused(
        file -> file.putObject("decoder").put("type", "BPEDecoder"),
        "decoder 'BPEDecoder' is not supported");
    assertFileRefused(file -> file.remove("decoder"), "without a decoder is not supported");
    assertFileRefused(
        file -> file.putObject("normalizer").put("type", "Clean"),
        "normalizer 'Clean' is not supported");
    assertFileRefused(
        file -> file.putObject("pre_tokenizer").put("type", "UnicodeScripts"),
        "pre_tokenizer 'UnicodeScripts' is not supported");
    assertRefused(
        "smollm",
        file -> model(file).put("continuing_subword_prefix", "##"),
        "continuing_subword_prefix is not supported for BPE");
    assertRefused(
        "smollm",
        file -> model(file).put("end_of_word_suffix", "</w>"),
        "end_of_word_suffix and dropout are not supported");
  }

  @Test
  void refusesDecodersThatDoNotWorkTokenByToken() {
    assertRefused(
        "sentencepiece",
        file -> ((ArrayNode) file.path("decoder").path("decoders")).remove(2),
        "a decoder of the steps [Replace, ByteFallback, Strip] is not supported");
    assertRefused(
        "sentencepiece",
        file -> decoderStep(file, 0).put("content", "_"),
        "a decoder of the steps [Replace, ByteFallback, Fuse, Strip] is not supported");
    assertRefused(
        "sentencepiece",
        file -> decoderStep(file, 3).put("start", 2),
        "decoder 'Strip' takes one space off the start and nothing else");
    assertRefused(
        "sentencepiece",
        file -> decoderStep(file, 3).put("stop", 1),
        "decoder 'Strip' takes one space off the start and nothing else");
    assertRefused(
        "t5",
        file -> ((ObjectNode) file.path("decoder")).put("replacement", ""),
        "the replacement of Metaspace is '', it must be one character");
  }

  @Test
  void refusesBrokenPieces() {
    assertRefused("t5", file -> model(file).putObject("vocab"), "is not a list of pieces");
    assertRefused("t5", file -> model(file).putArray("vocab"), "is not a list of pieces");
    assertRefused("t5", file -> piece(file, 5).set(0, ""), "piece 5 is not a text and a score");
    assertRefused("t5", file -> piece(file, 5).set(1, "x"), "piece 5 is not a text and a score");
    assertRefused("t5", file -> piece(file, 5).add(1), "piece 5 is not a text and a score");
    assertRefused("t5", file -> piece(file, 5).set(0, "</s>"), "pieces 1 and 5 are both '</s>'");
    assertRefused("t5", file -> model(file).put("unk_id", 4_000), "\"unk_id\" is 4000, it must");
    assertRefused("t5", file -> model(file).putNull("unk_id"), "\"unk_id\" is null, it must");
  }

  private static ObjectNode decoderStep(ObjectNode file, int index) {
    return (ObjectNode) file.path("decoder").path("decoders").get(index);
  }

  private static ArrayNode piece(ObjectNode file, int index) {
    return (ArrayNode) model(file).path("vocab").get(index);
  }

  @Test
  void refusesIdsThatCannotBe() {
    assertVocabularyRefused(
        vocab -> vocab.put("new", 400), "token 'new' has id 400; the model has ids 0 to 399");
    assertVocabularyRefused(vocab -> vocab.put("new", -1), "token 'new' has id -1");
    assertVocabularyRefused(vocab -> vocab.put("new", 1.5), "token 'new' has id 1.5");
    assertVocabularyRefused(vocab -> vocab.put("new", "7"), "token 'new' has id 7");
    assertVocabularyRefused(vocab -> vocab.putNull("new"), "token 'new' has id null");
    assertVocabularyRefused(vocab -> vocab.put("new", 4_000_000_000L), "has id 4000000000");
    assertVocabularyRefused(vocab -> vocab.put("new", 5), "both have id 5");
    assertRefused(
        model -> model.putArray("vocab"), "\"model.vocab\" is not an object of token ids");
  }

  @Test
  void refusesAddedTokensThatGetAnotherId() {
    assertFileRefused(
        file -> ((ObjectNode) file.path("added_tokens").get(2)).put("id", 77),
        "added token '[CLS]' has id 77 in the file and would get id 2");
    assertFileRefused(
        file -> added(file).addObject().put("id", 399).put("content", "<new>"),
        "added token '<new>' has id 399 in the file and would get id 376");
    assertFileRefused(
        file -> added(file).addObject().put("id", 376).put("content", ""),
        "added token 376 has no text");
    assertFileRefused(
        file -> added(file).addObject().put("id", "376").put("content", "x"),
        "it is not a tokenizer");
  }

  @Test
  void refusesTemplatesThatTheLibraryWouldDieOf() {
    assertFileRefused(
        file -> processor(file).putObject("special_tokens"),
        "uses '[CLS]', which it does not define");
    assertFileRefused(
        file -> processor(file).set("single", processor(file).path("pair")),
        "the template \"single\" holds the sequences [A, B], not [A]");
    assertFileRefused(
        file -> processor(file).putArray("pair"),
        "the template \"pair\" holds the sequences [], not [A, B]");
    assertFileRefused(
        file ->
            ((ObjectNode) processor(file).path("special_tokens").path("[CLS]"))
                .putArray("ids")
                .add(999_999),
        "the post_processor says that '[CLS]' has id 999999; the vocabulary does not");
    assertFileRefused(
        file -> ((ObjectNode) processor(file).path("special_tokens").path("[CLS]")).putArray("ids"),
        "special token '[CLS]' of the template has 0 ids and 1 tokens");
    assertRefused(
        "roberta",
        file -> processor(file).putArray("sep").add("</s>").add(99_999),
        "the post_processor says that '</s>' has id 99999");
  }

  @Test
  void refusesAnUnknownTokenThatIsUnknown() {
    assertRefused(
        model -> model.put("unk_token", "[NOPE]"),
        "the unknown token '[NOPE]' is not in the vocabulary");
    assertRefused(model -> model.putNull("unk_token"), "WordPiece needs an \"unk_token\"");
  }

  @Test
  void refusesEndlessNesting() {
    assertFileRefused(
        file -> {
          ObjectNode node = file.putObject("normalizer");
          for (int i = 0; i < 20; i++) {
            node.put("type", "Sequence");
            node = node.putArray("normalizers").addObject();
          }
          node.put("type", "NFC");
        },
        "normalizer is nested more than 8 deep");
  }

  /** Of one word the library would make 16 TB. */
  @Test
  void refusesStepsThatMakeTextsGrow() {
    assertFileRefused(
        file -> {
          ArrayNode steps =
              file.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
          for (int i = 0; i < 44; i++) {
            ObjectNode step = steps.addObject().put("type", "Replace").put("content", "aa");
            step.putObject("pattern").put("String", "a");
          }
        },
        "its normalizer makes of one byte 256, the limit is 128");
  }

  /** Of thirty letters and this expression the library would abort the process. */
  @Test
  void refusesExpressionsThatGoBackEndlessly() {
    assertFileRefused(
        file -> {
          ObjectNode split = file.putObject("pre_tokenizer").put("type", "Split");
          split.putObject("pattern").put("Regex", "(a+)+b");
          split.put("behavior", "Isolated").put("invert", false);
        },
        "its regular expression (a+)+b is not supported: repetitions within repetitions");
  }

  private static void assertRefused(Consumer<ObjectNode> change, String message) {
    assertFileRefused(file -> change.accept(model(file)), message);
  }

  private static void assertVocabularyRefused(Consumer<ObjectNode> change, String message) {
    assertFileRefused(file -> change.accept((ObjectNode) model(file).path("vocab")), message);
  }

  private static void assertFileRefused(Consumer<ObjectNode> change, String message) {
    assertRefused("minilm", change, message);
  }

  private static void assertRefused(String tokenizer, Consumer<ObjectNode> change, String message) {
    int size = tokenizer.equals("minilm") ? SIZE : Goldens.SIZE;
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> read(tokenizer, change, size))
        .withMessageContaining(message);
  }

  private static Vocabulary read(String tokenizer, Consumer<ObjectNode> change, int size) {
    ObjectNode file = (ObjectNode) Goldens.json("tokenizers/" + tokenizer + ".json");
    change.accept(file);
    return VocabularyReader.read(file.toString(), size);
  }

  private static ObjectNode model(ObjectNode file) {
    return (ObjectNode) file.path("model");
  }

  private static ArrayNode added(ObjectNode file) {
    return (ArrayNode) file.path("added_tokens");
  }

  private static ObjectNode processor(ObjectNode file) {
    return (ObjectNode) file.path("post_processor");
  }
}
