package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One request is one trace, through every service that worked on it. */
@ExtendWith(SharedStack.class)
class TracingIT {
  @Test
  void aChatIsOneTrace(WeftStack stack, TraceListener traces) throws InterruptedException {
    String trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    Api.Streamed chat =
        stack.api().stream(
            "/v1/chat/completions",
            Api.chat("Hello", Map.of("stream", true, "max_tokens", 4)),
            "traceparent",
            "00-" + trace + "-00f067aa0ba902b7-01");

    assertThat(chat.done()).isTrue();
    assertThat(servicesOf(trace, traces, 3))
        .containsExactlyInAnyOrder("weft-gateway", "weft-tokenizer", "weft-generator");
  }

  @Test
  void embeddingsAreOneTrace(WeftStack stack, TraceListener traces) throws InterruptedException {
    String trace = "0af7651916cd43dd8448eb211c80319c";

    Api.Answer answer =
        stack
            .api()
            .post(
                "/v1/embeddings",
                Map.of("model", Api.EMBEDDING_MODEL, "input", "Hello"),
                "traceparent",
                "00-" + trace + "-00f067aa0ba902b7-01");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(servicesOf(trace, traces, 3))
        .containsExactlyInAnyOrder("weft-gateway", "weft-tokenizer", "weft-encoder");
  }

  /** Waits until spans of {@code count} services have come; they are sent a little later. */
  private static Set<String> servicesOf(String trace, TraceListener traces, int count)
      throws InterruptedException {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (traces.servicesOf(trace).size() < count && System.nanoTime() < deadline) {
      Thread.sleep(50);
    }
    return traces.servicesOf(trace);
  }
}
