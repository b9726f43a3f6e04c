package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service that is told to end: not ready at once, nothing new, and what runs may finish. */
@Timeout(600)
class ShutdownIT {
  /** A few seconds of work, and well within the grace period. */
  private static final int TOKENS = 300;

  private final WeftStack stack = new WeftStack(WeftStack.SCRATCH);

  @BeforeEach
  void start() {
    stack
        .with("WEFT_GENERATOR_SHUTDOWN_GRACE", "60s")
        .with("WEFT_GATEWAY_SHUTDOWN_GRACE", "60s")
        .up("tokenizer", "generator", "gateway");
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  @Test
  void aGeneratorFinishesItsStreams() throws Exception {
    try (Stream stream = new Stream(stack);
        GeneratorClient client = new GeneratorClient(stack.port(9003), Api.CHAT_MODEL)) {
      assertThat(client.greedy(List.of(1, 2), 1)).hasSize(1);
      ProcessHandle generator = terminate("generator");

      awaitNotReady(stack.port(9083), "/q/health/ready");
      assertThatThrownBy(() -> client.greedy(List.of(1, 2), 1))
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
      assertThat(generator.isAlive()).as("while the stream runs").isTrue();
      stream.assertWhole();
      generator.onExit().get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aGatewayFinishesItsStreams() throws Exception {
    try (Stream stream = new Stream(stack)) {
      ProcessHandle gateway = terminate("gateway");

      awaitNotReady(stack.port(9080), "/q/health/ready");
      assertThat(stack.api().post("/v1/chat/completions", Api.chat("Hello", Map.of())))
          .satisfies(
              answer -> {
                assertThat(answer.status()).isEqualTo(503);
                assertThat(answer.body()).contains("the gateway is stopping");
              });
      assertThat(gateway.isAlive()).as("while the stream runs").isTrue();
      stream.assertWhole();
      gateway.onExit().get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void theStreamsOfAKilledGeneratorEndWithAnErrorWithinASecond() throws Exception {
    try (Stream stream = new Stream(stack)) {
      long killed = System.nanoTime();
      ProcessHandle.of(stack.pid("generator")).orElseThrow().destroyForcibly();

      stream.assertBroken();
      assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(1));
    }
  }

  private ProcessHandle terminate(String service) {
    ProcessHandle process = ProcessHandle.of(stack.pid(service)).orElseThrow();
    assertThat(process.destroy()).isTrue();
    return process;
  }

  private static void awaitNotReady(int port, String path) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (status(port, path) != 503) {
      assertThat(System.nanoTime()).as("still ready").isLessThan(end);
      Thread.sleep(5);
    }
  }

  private static int status(int port, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
    connection.setReadTimeout(5_000);
    try {
      return connection.getResponseCode();
    } catch (ConnectException e) {
      throw new AssertionError("the health endpoint went before the streams", e);
    } finally {
      connection.disconnect();
    }
  }

  /** A streamed chat that has begun. */
  private static final class Stream implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader reader;

    Stream(WeftStack stack) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), stack.port(8080));
      socket.setSoTimeout(60_000);
      socket.getOutputStream().write(request());
      reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      readUntil("\"content\":\"");
      readUntil("\"content\":\"");
    }

    /** Reads to the end, which must be that of a whole answer. */
    void assertWhole() throws IOException {
      assertThat(readUntil("\"usage\":{")).contains("\"completion_tokens\":" + TOKENS);
      readUntil("data: [DONE]");
    }

    /** Reads to the end, which must be an error event. */
    void assertBroken() throws IOException {
      String last = "";
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        assertThat(line).doesNotContain("[DONE]");
        if (line.startsWith("data: {\"error\":")) {
          return;
        }
        last = line;
      }
      throw new AssertionError("no error event, the last line is: " + last);
    }

    private String readUntil(String part) throws IOException {
      String line = reader.readLine();
      while (line != null && !line.contains(part)) {
        assertThat(line).doesNotContain("\"error\"");
        line = reader.readLine();
      }
      assertThat(line).as("the stream was cut off before %s", part).isNotNull();
      return line;
    }

    private static byte[] request() {
      String body =
          Api.json(
              Api.chat(
                  "Tell me a very long story.",
                  Map.of(
                      "stream",
                      true,
                      "ignore_eos",
                      true,
                      "max_tokens",
                      TOKENS,
                      "stream_options",
                      Map.of("include_usage", true))));
      return """
      POST /v1/chat/completions HTTP/1.1\r
      Host: localhost\r
      Content-Type: application/json\r
      Content-Length: %d\r
      \r
      %s"""
          .formatted(body.getBytes(StandardCharsets.UTF_8).length, body)
          .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
