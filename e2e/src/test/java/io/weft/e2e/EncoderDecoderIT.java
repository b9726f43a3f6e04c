package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny T5 checkpoints, imported and served as a user would, write the very text of transformers
 * (e2e/goldens/t5_texts.py).
 */
class EncoderDecoderIT {
  private static final String ROUTE = "/v1/completions";
  private static final WeftStack STACK = new WeftStack(WeftStack.ENCODER_DECODERS);
  private static JsonNode goldens;

  @BeforeAll
  static void start() throws IOException {
    try (InputStream in =
        EncoderDecoderIT.class.getResourceAsStream("/goldens/tiny-t5-texts.json")) {
      goldens = new ObjectMapper().readTree(in);
    }
    STACK.with(
        "WEFT_MODELS_DIR", WeftStack.ROOT.resolve("e2e/target/models-encoder-decoder").toString());
    for (String model : List.of("tiny-t5", "tiny-mt5")) {
      String checkpoint = "importer/src/test/resources/io/weft/importer/testing/" + model;
      WeftStack.Result imported =
          STACK.weft(
              "import",
              WeftStack.ROOT.resolve(checkpoint).toString(),
              "--dtype",
              "fp32",
              "--force");
      assertThat(imported.exit()).as(imported.output()).isZero();
    }
    STACK.up("tokenizer", "generator", "gateway");
  }

  @AfterAll
  static void stop() {
    STACK.close();
  }

  static Stream<JsonNode> cases() {
    return StreamSupport.stream(goldens.get("cases").spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void writeTheTextOfTransformers(JsonNode golden) {
    Api.Answer answer = STACK.api().post(ROUTE, request(golden, Map.of("n", 3)));

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().get("choices"))
        .hasSize(3)
        .allMatch(choice -> choice.get("text").textValue().equals(text(golden)));
    assertThat(answer.json().at("/usage/prompt_tokens").intValue())
        .isEqualTo(golden.get("prompt_tokens").intValue());
    assertThat(answer.json().at("/usage/completion_tokens").intValue()).isEqualTo(3 * tokens());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void streamIt(JsonNode golden) {
    Api.Streamed stream =
        STACK.api().stream(ROUTE, request(golden, Map.of("stream", true, "logprobs", 2)));

    StringBuilder text = new StringBuilder();
    List<String> tokens = new ArrayList<>();
    for (JsonNode chunk : stream.chunks()) {
      text.append(chunk.at("/choices/0/text").asText());
      chunk.at("/choices/0/logprobs/tokens").forEach(token -> tokens.add(token.textValue()));
    }
    assertThat(stream.done()).isTrue();
    assertThat(stream.finishReason()).isEqualTo("length");
    assertThat(text).hasToString(text(golden));
    assertThat(tokens).hasSize(tokens());
  }

  @Test
  void stopBeforeAString() {
    JsonNode golden = cases().findFirst().orElseThrow();
    String stop = text(golden).substring(6, 10);
    Map<String, Object> body =
        request(golden, Map.of("stop", stop, "logit_bias", Map.of("1", -100)));
    body.remove("min_tokens");

    Api.Answer answer = STACK.api().post(ROUTE, body);

    assertThat(answer.json().at("/choices/0/text").textValue())
        .isEqualTo(text(golden).substring(0, text(golden).indexOf(stop)));
    assertThat(answer.json().at("/choices/0/finish_reason").textValue()).isEqualTo("stop");
  }

  @Test
  void haveNoChat() {
    Map<String, Object> chat = Api.chat("Hello", Map.of("model", "tiny-t5"));

    Api.Answer answer = STACK.api().post("/v1/chat/completions", chat);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().get("message").textValue())
        .isEqualTo("model 'tiny-t5' has no chat template");
  }

  @Test
  void writeOnThePlayground() {
    Browser.check(STACK, "text_to_text");
  }

  /** The goldens were made with the end of a sequence banned. */
  private static Map<String, Object> request(JsonNode golden, Map<String, Object> more) {
    Map<String, Object> body =
        new HashMap<>(
            Map.of(
                "model",
                golden.get("model").textValue(),
                "prompt",
                golden.get("prompt").textValue(),
                "temperature",
                0,
                "min_tokens",
                tokens(),
                "max_tokens",
                tokens()));
    body.putAll(more);
    return body;
  }

  private static String text(JsonNode golden) {
    return golden.get("text").textValue();
  }

  private static int tokens() {
    return goldens.get("tokens").intValue();
  }
}
