package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Requests that schemathesis makes of the OpenAPI document, good and bad: none of them is answered
 * 5xx, and every answer is as the document says. {@code -Dweft.schemathesis.examples=200} and
 * {@code -Dweft.schemathesis.seconds=3600} make more of them.
 */
@ExtendWith(SharedStack.class)
class SchemathesisIT {
  private static final String EXAMPLES = System.getProperty("weft.schemathesis.examples", "8");
  private static final String SECONDS = System.getProperty("weft.schemathesis.seconds", "45");

  @Test
  void everyAnswerIsAsTheDocumentSays(WeftStack stack) {
    WeftStack.Result result =
        stack.run(
            List.of(
                "env",
                "SCHEMATHESIS_HOOKS=schemathesis_hooks",
                "PYTHONPATH=e2e/src/test/python",
                "WEFT_TEST_MODELS=" + Api.CHAT_MODEL + "," + Api.EMBEDDING_MODEL,
                WeftStack.ROOT.resolve(".cache/venv/bin/python").toString(),
                "-m",
                "schemathesis.cli",
                "run",
                "http://127.0.0.1:" + stack.port(8080) + "/openapi.json",
                "--checks",
                "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
                "--phases",
                "examples,coverage,fuzzing",
                "--max-examples",
                EXAMPLES,
                "--max-time",
                SECONDS,
                "--seed",
                "7",
                "--request-timeout",
                "20",
                "--generation-database",
                "none",
                "--warnings",
                "off",
                "--no-color"));

    assertThat(result.exit()).as(result.output()).isZero();
  }
}
