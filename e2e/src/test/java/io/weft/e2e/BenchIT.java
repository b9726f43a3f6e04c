package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./weft bench}. */
@ExtendWith(SharedStack.class)
class BenchIT {
  @TempDir Path temp;

  @Test
  void measuresChats(WeftStack stack) throws IOException {
    JsonNode run =
        bench(
            stack,
            "chat",
            "--model",
            Api.CHAT_MODEL,
            "--concurrency",
            "2",
            "--requests",
            "4",
            "--max-tokens",
            "8",
            "--slo",
            "ttft=60000");

    assertThat(run.path("requests").asInt()).isEqualTo(4);
    assertThat(run.path("failed").asInt()).isZero();
    for (String figure : List.of("ttft_p50", "ttft_p99", "itl_p50", "tpot_p50", "e2e_p99")) {
      assertThat(run.path(figure).asDouble()).as(figure).isPositive();
    }
    assertThat(run.path("ttft_p50").asDouble()).isLessThan(run.path("e2e_p99").asDouble());
    double seconds = run.path("seconds").asDouble();
    assertThat(run.path("tokens_per_second").asDouble() * seconds).isBetween(31.9, 32.1);
    assertThat(run.path("goodput_per_second").asDouble())
        .isEqualTo(run.path("requests_per_second").asDouble());
    assertThat(temp.resolve("bench.svg")).content().startsWith("<svg").contains("c=2");
  }

  /**
   * A server that takes 100 ms for each request, one at a time, is asked 20 times a second for 2 s:
   * the last waits for 2 s more than it should. Who only measures from the sending sees 100 ms.
   */
  @Test
  void anOpenLoopChargesAServerForAllWhoWait(WeftStack stack) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 100);
    try (ExecutorService oneAtATime = Executors.newSingleThreadExecutor()) {
      server.setExecutor(oneAtATime);
      server.createContext("/v1/embeddings", BenchIT::answerSlowly);
      server.start();
      String url = "http://127.0.0.1:" + server.getAddress().getPort();

      JsonNode open =
          bench(
              stack,
              "embeddings",
              "--url",
              url,
              "--model",
              "m",
              "--rate",
              "20",
              "--seconds",
              "2",
              "--slo",
              "e2e=1000");
      assertThat(open.path("requests").asInt()).isEqualTo(40);
      assertThat(open.path("e2e_p99").asDouble()).isBetween(1_500.0, 5_000.0);
      assertThat(open.path("goodput_per_second").asDouble())
          .isLessThan(0.7 * open.path("requests_per_second").asDouble());

      JsonNode closed =
          bench(
              stack,
              "embeddings",
              "--url",
              url,
              "--model",
              "m",
              "--concurrency",
              "1",
              "--requests",
              "5");
      assertThat(closed.path("e2e_p50").asDouble()).isBetween(100.0, 1_000.0);
    } finally {
      server.stop(0);
    }
  }

  private JsonNode bench(WeftStack stack, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bench"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--out", temp.resolve("bench").toString()));
    WeftStack.Result result = stack.weft(command.toArray(String[]::new));
    assertThat(result.exit()).as(result.output()).isZero();
    JsonNode json = new ObjectMapper().readTree(Files.readString(temp.resolve("bench.json")));
    assertThat(json.path("runs")).hasSize(1);
    return json.path("runs").path(0);
  }

  private static void answerSlowly(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    byte[] answer =
        "{\"data\":[],\"usage\":{\"prompt_tokens\":3}}".getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }
}
