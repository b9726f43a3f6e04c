package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A client that goes away frees its slot at once. */
@ExtendWith(SharedStack.class)
class DisconnectIT {
  private static final Duration LIMIT = Duration.ofMillis(200);
  private static final Duration GIVE_UP = Duration.ofSeconds(10);

  /** The median, because one pause of a busy test machine says nothing about the services. */
  @Test
  void aClosedSocketEndsTheSequence(WeftStack stack) throws Exception {
    List<Duration> delays = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      delays.add(closeAfterFiveTokens(stack));
    }

    Collections.sort(delays);
    assertThat(delays.get(2)).as(delays.toString()).isLessThan(LIMIT);
  }

  /** Returns how long after the close the generator still ran the sequence. */
  private static Duration closeAfterFiveTokens(WeftStack stack) throws Exception {
    long closed;
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), stack.port(8080))) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(request());
      readTokens(
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)),
          5);
      assertThat(running(stack)).isEqualTo(1);
      closed = System.nanoTime();
    }
    while (running(stack) > 0) {
      assertThat(System.nanoTime() - closed).isLessThan(GIVE_UP.toNanos());
      Thread.sleep(5);
    }
    return Duration.ofNanos(System.nanoTime() - closed);
  }

  private static byte[] request() {
    String body =
        Api.json(
            Api.chat(
                "Tell me a very long story.",
                Map.of("stream", true, "ignore_eos", true, "max_tokens", 1_500)));
    String head =
        """
        POST /v1/chat/completions HTTP/1.1\r
        Host: localhost\r
        Content-Type: application/json\r
        Content-Length: %d\r
        \r
        """
            .formatted(body.getBytes(StandardCharsets.UTF_8).length);
    return (head + body).getBytes(StandardCharsets.UTF_8);
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
