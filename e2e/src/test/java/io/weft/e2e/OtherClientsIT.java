package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OpenAI's client for Node, what builds on OpenAI's API in Python, and curl. */
@ExtendWith(SharedStack.class)
class OtherClientsIT {
  private static final String SCRIPT = "openai_client.mjs";

  @ParameterizedTest
  @ValueSource(strings = {"langchain", "litellm"})
  void python(String check, WeftStack stack) {
    passes(
        stack,
        WeftStack.ROOT.resolve(".cache/venv/bin/python").toString(),
        "e2e/src/test/python/other_clients.py",
        base(stack),
        check);
  }

  @Test
  void node(WeftStack stack) throws IOException {
    Path folder = WeftStack.ROOT.resolve(".cache/node");
    if (!Files.exists(folder.resolve("installed.json"))) {
      assertThat(System.getenv("WEFT_ASSETS_REQUIRED")).isNotEqualTo("yes");
      Assumptions.abort("there is no .cache/node: ./weft test makes it where npm is");
    }
    // Node looks for packages beside the script.
    Path script = folder.resolve(SCRIPT);
    Files.copy(
        WeftStack.ROOT.resolve("e2e/src/test/node").resolve(SCRIPT),
        script,
        StandardCopyOption.REPLACE_EXISTING);
    passes(stack, "node", script.toString(), base(stack));
  }

  @Test
  void curl(WeftStack stack) {
    String chat =
        "{\"model\":\"default\",\"temperature\":0,\"stream\":true,\"messages\":"
            + "[{\"role\":\"user\",\"content\":\"What is the capital of France?\"}]}";

    WeftStack.Result streamed =
        passes(
            stack,
            "curl",
            "-sNf",
            base(stack) + "/chat/completions",
            "-H",
            "Content-Type: application/json",
            "-d",
            chat);

    assertThat(streamed.output()).startsWith("data: {").endsWith("data: [DONE]\n\n");
    assertThat(streamed.output().split("\n\n")).hasSizeGreaterThan(5);
    assertThat(passes(stack, "curl", "-sf", base(stack) + "/models").output())
        .startsWith("{\"object\":\"list\"");
  }

  private static WeftStack.Result passes(WeftStack stack, String... command) {
    WeftStack.Result result = stack.run(Stream.of(command).toList());
    assertThat(result.exit()).as(result.output()).isZero();
    return result;
  }

  private static String base(WeftStack stack) {
    return "http://127.0.0.1:" + stack.port(8080) + "/v1";
  }
}
