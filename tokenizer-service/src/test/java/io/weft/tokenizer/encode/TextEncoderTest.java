package io.weft.tokenizer.encode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.runtime.error.WeftException;
import io.weft.tokenizer.Goldens;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class TextEncoderTest {
  private static final List<String> TOKENIZERS = Goldens.TOKENIZERS;
  private static final TokenFields ALL = new TokenFields(true, true, true, false);
  private static final int CONTEXT = 64;

  @ParameterizedTest
  @FieldSource("TOKENIZERS")
  void encodesWhatTheReferenceEncodes(String name) {
    try (NativeTokenizer tokenizer = NativeTokenizer.open(Goldens.tokenizer(name))) {
      TextEncoder encoder = new TextEncoder(tokenizer, CONTEXT);
      for (JsonNode golden : goldens(name, "encodings")) {
        JsonNode expected = golden.path("encoding");
        Tokens tokens =
            encode(
                    encoder,
                    golden,
                    new EncodeOptions(golden.path("special").asBoolean(), null, ALL, false))
                .tokens();
        String what = golden.path("text").asText() + " | " + golden.path("pair").asText();

        assertThat(tokens.ids()).as(what).isEqualTo(Goldens.ints(expected.path("ids")));
        assertThat(tokens.typeIds()).as(what).isEqualTo(Goldens.ints(expected.path("type_ids")));
        assertThat(tokens.wordIds()).as(what).isEqualTo(Goldens.ints(expected.path("words")));
        assertThat(tokens.spans()).as(what).isEqualTo(Goldens.ints(expected.path("spans")));
        assertThat(Arrays.stream(tokens.sequences()).map(s -> s < 0 ? 1 : 0).toArray())
            .as(what)
            .isEqualTo(Goldens.ints(expected.path("special")));
      }
    }
  }

  @ParameterizedTest
  @FieldSource("TOKENIZERS")
  void cutsWhereTheReferenceCuts(String name) {
    try (NativeTokenizer tokenizer = NativeTokenizer.open(Goldens.tokenizer(name))) {
      TextEncoder encoder = new TextEncoder(tokenizer, CONTEXT);
      for (JsonNode golden : goldens(name, "truncations")) {
        EncodeOptions options = new EncodeOptions(true, truncation(golden, true), ALL, false);
        if (!golden.has("windows")) {
          assertThatExceptionOfType(WeftException.InvalidRequest.class)
              .as(golden.toString())
              .isThrownBy(() -> encode(encoder, golden, options));
          continue;
        }
        EncodedText text = encode(encoder, golden, options);
        List<Tokens> windows =
            java.util.stream.Stream.concat(
                    java.util.stream.Stream.of(text.tokens()), text.overflow().stream())
                .toList();
        JsonNode expected = golden.path("windows");

        assertThat(windows).as(golden.toString()).hasSize(expected.size());
        for (int i = 0; i < windows.size(); i++) {
          assertThat(windows.get(i).ids())
              .as("window %d of %s", i, golden)
              .isEqualTo(Goldens.ints(expected.get(i).path("ids")));
          // Whose windows begin with a word's space: see Windows.
          if (!name.equals("roberta")) {
            assertThat(windows.get(i).spans())
                .as("window %d of %s", i, golden)
                .isEqualTo(Goldens.ints(expected.get(i).path("spans")));
          }
        }
        assertMainWindowAlone(encoder, golden, text);
      }
    }
  }

  private static void assertMainWindowAlone(
      TextEncoder encoder, JsonNode golden, EncodedText withOverflow) {
    EncodedText text =
        encode(encoder, golden, new EncodeOptions(true, truncation(golden, false), ALL, false));

    assertThat(text.overflow()).isEmpty();
    assertThat(text.tokens().ids()).isEqualTo(withOverflow.tokens().ids());
    assertThat(text.truncated()).isEqualTo(withOverflow.truncated()).isNotNegative();
  }

  @Test
  void theFilesOwnTruncationAndPaddingAreOff() {
    try (NativeTokenizer tokenizer = NativeTokenizer.open(Goldens.tokenizer("minilm"))) {
      Tokens tokens = tokenizer.encode("the ".repeat(40), null, true, ALL);
      assertThat(tokens.length()).isEqualTo(42);
      assertThat(tokenizer.encode("the", null, true, ALL).length()).isEqualTo(3);
    }
  }

  @Test
  void tooLongATextFailsUnlessItMayBeCut() {
    try (NativeTokenizer tokenizer = NativeTokenizer.open(Goldens.tokenizer("minilm"))) {
      TextEncoder encoder = new TextEncoder(tokenizer, 8);
      TextItem item = new TextItem("the ".repeat(10), null);

      assertThat(encode(encoder, item, null).tokens().length()).isEqualTo(12);
      assertRefused(
          encoder, item, truncation("NONE", 0), "CONTEXT_LENGTH_EXCEEDED", "12 tokens > 8");
      assertRefused(
          encoder, item, truncation("NONE", 11), "CONTEXT_LENGTH_EXCEEDED", "12 tokens > 11");
      assertThat(encode(encoder, item, truncation("NONE", 12)).tokens().length()).isEqualTo(12);
      EncodedText cut = encode(encoder, item, truncation("LONGEST_FIRST", 0));
      assertThat(cut.tokens().length()).isEqualTo(8);
      assertThat(cut.truncated()).isEqualTo(4);
      assertRefused(
          encoder,
          item,
          truncation("LONGEST_FIRST", 2),
          "TRUNCATION_IMPOSSIBLE",
          "texts of 10 and 0 tokens with 2 special tokens cannot be cut to 2 by LONGEST_FIRST");
      assertRefused(
          encoder, item, truncation("ONLY_SECOND", 5), "TRUNCATION_IMPOSSIBLE", "by ONLY_SECOND");
    }
  }

  @Test
  void refusesNumbersOutOfRange() {
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> truncation("NONE", -1))
        .withMessage("max_tokens -1 < 0");
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> truncation(5, 5))
        .withMessage("stride 5 is outside 0 to max_tokens - 1 (4)");
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> truncation(5, -1))
        .withMessageStartingWith("stride -1");
    try (NativeTokenizer tokenizer = NativeTokenizer.open(Goldens.tokenizer("minilm"))) {
      assertRefused(
          new TextEncoder(tokenizer, 8),
          new TextItem("the ".repeat(10), null),
          truncation(5, 3),
          "STRIDE_OUT_OF_RANGE",
          "stride 3 >= 3, the tokens of the text that one window holds");
    }
  }

  @Test
  void refusesTextsOfMoreThanAMebibyte() {
    try (NativeTokenizer tokenizer = NativeTokenizer.open(Goldens.tokenizer("smollm"))) {
      TextEncoder encoder = new TextEncoder(tokenizer, CONTEXT);
      String tooLong = "é".repeat((1 << 19) + 1);
      assertRefused(
          encoder,
          new TextItem(tooLong, null),
          null,
          "TEXT_TOO_LONG",
          "1,048,578 bytes > 1,048,576");
      assertRefused(
          encoder, new TextItem("", tooLong), null, "TEXT_TOO_LONG", "1,048,578 bytes > 1,048,576");
    }
  }

  @Test
  void refusesHalvesOfSurrogatePairs() {
    try (NativeTokenizer tokenizer = NativeTokenizer.open(Goldens.tokenizer("smollm"))) {
      TextEncoder encoder = new TextEncoder(tokenizer, CONTEXT);
      assertRefused(
          encoder,
          new TextItem("😀a\ud83d", null),
          null,
          "TEXT_NOT_UNICODE",
          "half a surrogate pair at UTF-16 position 3");
      assertRefused(
          encoder,
          new TextItem("", "\ude00\ud83d"),
          null,
          "TEXT_NOT_UNICODE",
          "half a surrogate pair at UTF-16 position 0");
    }
  }

  @Test
  void countsOffsetsInUtf16WhereAsked() {
    try (NativeTokenizer tokenizer = NativeTokenizer.open(Goldens.tokenizer("minilm"))) {
      TextEncoder encoder = new TextEncoder(tokenizer, CONTEXT);
      for (TextItem item :
          List.of(
              new TextItem("the 😀 dog 👩 and é", null),
              new TextItem("😀", "the 😀 dog"),
              new TextItem("the dog", "😀😀 dog"))) {
        int[] points = spans(encoder, item, false);
        int[] units = spans(encoder, item, true);
        int[] sequences = encode(encoder, item, null).tokens().sequences();

        for (int i = 0; i < points.length; i++) {
          String text = sequences[i / 2] == 1 ? String.valueOf(item.pair()) : item.text();
          assertThat(units[i]).isEqualTo(text.offsetByCodePoints(0, points[i]));
        }
        assertThat(units).isNotEqualTo(points);
      }
    }
  }

  @Test
  void tellsTheBudgetBeforeWindowsAreMade() {
    try (NativeTokenizer tokenizer = NativeTokenizer.open(Goldens.tokenizer("minilm"))) {
      TextEncoder encoder = new TextEncoder(tokenizer, CONTEXT);
      String text = "the ".repeat(100_000);
      Truncation manyWindows =
          new Truncation(Truncation.Strategy.LONGEST_FIRST, 5, Truncation.Side.RIGHT, 0, true);

      assertThatExceptionOfType(ArithmeticException.class)
          .isThrownBy(
              () ->
                  encoder.encode(
                      new TextItem(text, text),
                      new EncodeOptions(true, manyWindows, TokenFields.IDS, false),
                      tokens -> {
                        throw new ArithmeticException(Long.toString(tokens));
                      }))
          .withMessage(Long.toString(100_000L * 100_000 * (16 + 3 + 2)));
    }
  }

  private static int[] spans(TextEncoder encoder, TextItem item, boolean utf16) {
    int[] spans =
        encoder
            .encode(item, new EncodeOptions(true, null, ALL, utf16), tokens -> {})
            .tokens()
            .spans();
    assertThat(spans).isNotNull();
    return spans;
  }

  private static void assertRefused(
      TextEncoder encoder,
      TextItem item,
      @Nullable Truncation truncation,
      String reason,
      String message) {
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> encode(encoder, item, truncation))
        .withMessageContaining(message)
        .extracting(WeftException::reason)
        .isEqualTo(reason);
  }

  private static EncodedText encode(
      TextEncoder encoder, TextItem item, @Nullable Truncation truncation) {
    return encoder.encode(
        item, new EncodeOptions(true, truncation, TokenFields.IDS, false), tokens -> {});
  }

  private static EncodedText encode(TextEncoder encoder, JsonNode golden, EncodeOptions options) {
    JsonNode pair = golden.path("pair");
    return encoder.encode(
        new TextItem(golden.path("text").asText(), pair.isTextual() ? pair.asText() : null),
        options,
        tokens -> {});
  }

  private static Truncation truncation(String strategy, int maxTokens) {
    return new Truncation(
        Truncation.Strategy.valueOf(strategy), maxTokens, Truncation.Side.RIGHT, 0, false);
  }

  private static Truncation truncation(int maxTokens, int stride) {
    return new Truncation(
        Truncation.Strategy.LONGEST_FIRST, maxTokens, Truncation.Side.RIGHT, stride, true);
  }

  private static Truncation truncation(JsonNode golden, boolean overflow) {
    return new Truncation(
        Truncation.Strategy.valueOf(golden.path("strategy").asText().toUpperCase(Locale.ROOT)),
        golden.path("max_length").asInt(),
        Truncation.Side.valueOf(golden.path("direction").asText().toUpperCase(Locale.ROOT)),
        golden.path("stride").asInt(),
        overflow);
  }

  private static List<JsonNode> goldens(String name, String kind) {
    return Goldens.elements(Goldens.json(name + ".goldens.json").path(kind)).toList();
  }
}
