package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client that goes away frees its slot at once. */
@ExtendWith(SharedStack.class)
class DisconnectIT {
  private static final Duration LIMIT = Duration.ofMillis(200);

  @RepeatedTest(3)
  void aClosedSocketEndsTheSequence(WeftStack stack) throws IOException {
    String body =
        Api.json(
            Api.chat(
                "Tell me a very long story.",
                Map.of("stream", true, "ignore_eos", true, "max_tokens", 1_500)));
    long closed;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), stack.port(8080))) {
      socket.setSoTimeout(30_000);
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      String head =
          """
          POST /v1/chat/completions HTTP/1.1\r
          Host: localhost\r
          Content-Type: application/json\r
          Content-Length: %d\r
          \r
          """
              .formatted(bytes.length);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(bytes);
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      readTokens(reader, 5);
      assertThat(running(stack)).isEqualTo(1);
      closed = System.nanoTime();
    }

    while (running(stack) > 0 && System.nanoTime() - closed < LIMIT.multipliedBy(20).toNanos()) {
      Thread.onSpinWait();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - closed)).isLessThan(LIMIT);
  }

  private static void readTokens(BufferedReader reader, int count) throws IOException {
    int tokens = 0;
    while (tokens < count) {
      String line = reader.readLine();
      assertThat(line).as("the stream ended after %d tokens", tokens).isNotNull();
      if (line.startsWith("data:") && line.contains("\"content\":")) {
        tokens++;
      }
    }
  }

  private static double running(WeftStack stack) {
    return stack.generatorMetrics().sum("weft_generator_running_sequences");
  }
}
