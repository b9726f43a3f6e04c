package io.weft.runtime.text;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerGrowthTest {
  private static final String DOUBLE =
      "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aa\"}";

  /** As XLM-R, Llama, Qwen and T5 have them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "{\"normalizer\":null,\"pre_tokenizer\":null,\"post_processor\":null}",
        "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Precompiled\"},"
            + "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\"\u2581\"}]},"
            + "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"\u2581\"}}",
        "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":\"\u2581\"},"
            + "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"\u2581\"}]}}",
        "{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\"},"
            + "{\"type\":\"ByteLevel\"}]}}",
      })
  void letsThroughWhatIsPublished(String tokenizer) {
    assertThatNoException().isThrownBy(() -> TokenizerGrowth.check(tokenizer));
  }

  @Test
  void boundsWhatStepsMakeOfATextTogether() {
    refuses(
        "normalizer",
        sequence("normalizers", DOUBLE, 40),
        "its normalizer makes of one byte 256, the limit is 128");
    refuses(
        "normalizer",
        "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"%s\"}"
            .formatted("b".repeat(129)),
        "its normalizer makes of one byte 129, the limit is 128");
    refuses(
        "normalizer",
        "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\"\"},\"content\":\"%s\"}"
            .formatted("b".repeat(128)),
        "its normalizer makes of one byte 129, the limit is 128");
    refuses(
        "pre_tokenizer",
        sequence("pretokenizers", "{\"type\":\"ByteLevel\"}", 40),
        "its pre_tokenizer makes of one byte 256, the limit is 128");
    refuses(
        "normalizer",
        sequence("normalizers", "{\"type\":\"NFC\"}", 64),
        "its normalizer has steps: 65, the limit is 64");
    refuses(
        "normalizer",
        "{\"type\":\"Prepend\",\"prepend\":\"%s\"}".formatted("\u2581".repeat(22)),
        "its normalizer prepends bytes: 66, the limit is 64");
  }

  @Test
  void boundsTheTokensOfTemplates() {
    String piece = "{\"SpecialToken\":{\"id\":\"x\",\"type_id\":0}}";
    String ids = "1,".repeat(99) + "1";
    refuses(
        "post_processor",
        "{\"type\":\"TemplateProcessing\",\"single\":[%s],\"special_tokens\":{\"x\":{\"ids\":[%s]}}}"
            .formatted((piece + ",").repeat(10) + piece, ids),
        "its post_processor puts tokens around a text: 1,100, the limit is 1,024");
  }

  private static String sequence(String children, String step, int count) {
    return "{\"type\":\"Sequence\",\"%s\":[%s]}"
        .formatted(children, (step + ",").repeat(count - 1) + step);
  }

  private static void refuses(String part, String content, String message) {
    assertThatThrownBy(() -> TokenizerGrowth.check("{\"" + part + "\":" + content + "}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
