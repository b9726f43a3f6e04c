package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that cannot be served: a clear answer, and nothing else happens. */
@ExtendWith(SharedStack.class)
class BadInputIT {
  /** Stands in every prompt here and must stand in no log. */
  private static final String MARKER = "xyzzy-marker-plugh";

  private static final String CHAT = "/v1/chat/completions";
  private static final String EMBEDDINGS = "/v1/embeddings";

  static Stream<Case> cases() {
    return Stream.of(
        new Case("empty messages", CHAT, chat(Map.of("messages", List.of())), 400, "messages", "0"),
        new Case("unknown model", CHAT, chat(Map.of("model", "nope")), 404, "model", "nope"),
        new Case(
            "negative max_tokens", CHAT, chat(Map.of("max_tokens", -1)), 400, "max_tokens", "-1"),
        new Case(
            "temperature", CHAT, chat(Map.of("temperature", 2.5)), 400, "temperature", "2.5", "2"),
        new Case(
            "prompt longer than the model's context",
            CHAT,
            chat(prompt(3_000), Map.of()),
            400,
            "messages",
            "\\d\\d,\\d{3} tokens > 8,192"),
        new Case(
            "prompt longer than a slot of the generator",
            CHAT,
            chat(prompt(600), Map.of("stream", true)),
            400,
            "messages",
            "[2-7],\\d{3} tokens > 2,047"),
        new Case("10 MB body", CHAT, chat(prompt(550_000), Map.of()), 413, "", "10,\\d{3},\\d{3}"),
        new Case(
            "empty input",
            EMBEDDINGS,
            Map.of("model", Api.EMBEDDING_MODEL, "input", List.of()),
            400,
            "input",
            "0"),
        new Case(
            "chat model",
            EMBEDDINGS,
            Map.of("model", Api.CHAT_MODEL, "input", MARKER),
            400,
            "model",
            Api.CHAT_MODEL));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isRefusedWithLimitAndValue(Case wrong, WeftStack stack) {
    Api.Answer answer = stack.api().post(wrong.path, wrong.body);

    assertThat(answer.status()).as(answer.body()).isEqualTo(wrong.status);
    JsonNode error = answer.error();
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("code").asText()).isNotEmpty();
    assertThat(error.path("param").asText("")).startsWith(wrong.param);
    for (String part : wrong.message) {
      assertThat(error.path("message").asText()).containsPattern(part);
    }
    assertThat(answer.body()).doesNotContain(MARKER);
  }

  @Test
  void whatIsNotJsonIsRefused(WeftStack stack) {
    Api.Answer answer = stack.api().postText(CHAT, "{\"messages\": [\"" + MARKER);

    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.error().path("message").asText()).isNotEmpty();
    assertThat(answer.body()).doesNotContain(MARKER);
  }

  @Test
  void theServicesGoOnAndLogNothingOfThePrompts(WeftStack stack) throws IOException {
    cases().forEach(wrong -> stack.api().post(wrong.path, wrong.body));

    Api.Answer chat = stack.api().post(CHAT, chat(Map.of("max_tokens", 4)));
    Api.Answer embedding =
        stack
            .api()
            .post(EMBEDDINGS, Map.of("model", Api.EMBEDDING_MODEL, "input", List.of(MARKER)));

    assertThat(chat.status()).as(chat.body()).isEqualTo(200);
    assertThat(embedding.status()).as(embedding.body()).isEqualTo(200);
    try (Stream<Path> files = Files.list(stack.runFolder())) {
      List<Path> logs = files.filter(file -> file.toString().endsWith(".log")).toList();
      assertThat(logs).hasSizeGreaterThanOrEqualTo(4);
      for (Path log : logs) {
        assertThat(Files.readString(log)).as(log.toString()).doesNotContain(MARKER);
      }
    }
  }

  private static String prompt(int words) {
    return (MARKER + " ").repeat(words);
  }

  private static Map<String, Object> chat(Map<String, Object> more) {
    return chat("Say " + MARKER, more);
  }

  private static Map<String, Object> chat(String text, Map<String, Object> more) {
    return Api.chat(text, more);
  }

  /**
   * A request that must be refused.
   *
   * @param message patterns that the error's message must contain
   */
  record Case(
      String name,
      String path,
      Map<String, Object> body,
      int status,
      String param,
      String... message) {
    @Override
    public String toString() {
      return name;
    }
  }
}
