package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenAI's own Python client does with Weft what it does with OpenAI. */
@ExtendWith(SharedStack.class)
class OpenAiClientIT {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "chat_streamed",
        "chat_whole",
        "completion_streamed",
        "completion_whole",
        "embeddings",
        "models",
        "bad_request",
        "not_found",
        "tools_whole",
        "tools_streamed",
        "parse",
        "responses_whole",
        "responses_streamed",
        "timeouts",
        "cancelled",
        "asynchronous"
      })
  void passes(String check, WeftStack stack) {
    WeftStack.Result result =
        stack.run(
            List.of(
                WeftStack.ROOT.resolve(".cache/venv/bin/python").toString(),
                "e2e/src/test/python/openai_client.py",
                "http://127.0.0.1:" + stack.port(8080) + "/v1",
                check));

    assertThat(result.exit()).as(result.output()).isZero();
  }
}
