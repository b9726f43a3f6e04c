package io.weft.gateway.backend;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.gateway.fake.SpanRecorder;
import io.weft.gateway.fake.TraceRecorder;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One trace from the client through every backend. */
@QuarkusTest
class TracingTest {
  private static final String CHAT =
      body("{'model':'smol','stream':%s,'messages':[{'role':'user','content':'hi'}]}");

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
    TraceRecorder.CALLS.clear();
  }

  @Test
  void reachesTokenizerAndGenerator() {
    for (boolean stream : new boolean[] {true, false}) {
      String trace =
          stream ? "4bf92f3577b34da6a3ce929d0e0e4736" : "5bf92f3577b34da6a3ce929d0e0e4736";
      post("/v1/chat/completions", CHAT.formatted(stream), trace);

      assertThat(TraceRecorder.of(trace))
          .containsExactly("TokenizerService/EncodeChat", "GeneratorService/Generate");
      assertThat(SpanRecorder.await(trace, "chat smol").getAttributes().toString())
          .contains("gen_ai.usage.output_tokens")
          .doesNotContain("messages")
          .doesNotContain("Hello");
    }
  }

  @Test
  void reachesTokenizerAndEncoder() {
    String trace = "6bf92f3577b34da6a3ce929d0e0e4736";
    post("/v1/embeddings", body("{'model':'minilm','input':'a'}"), trace);

    assertThat(TraceRecorder.of(trace))
        .containsExactly("TokenizerService/Encode", "EncoderService/Embed");
  }

  @Test
  void staysApartForRequestsAtTheSameTime() throws Exception {
    FakeGenerator.script =
        (request, call) -> {
          Thread.sleep(20);
          FakeGenerator.say("a", "b").run(request, call);
        };
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> answers = new ArrayList<>();
      for (int i = 10; i < 40; i++) {
        String trace = i + "f92f3577b34da6a3ce929d0e0e4736";
        answers.add(
            clients.submit(() -> post("/v1/chat/completions", CHAT.formatted(true), trace)));
      }
      for (Future<?> answer : answers) {
        answer.get();
      }
    }
    for (int i = 10; i < 40; i++) {
      assertThat(TraceRecorder.of(i + "f92f3577b34da6a3ce929d0e0e4736"))
          .containsExactly("TokenizerService/EncodeChat", "GeneratorService/Generate");
    }
  }

  @Test
  void leavesTheWatchOverBackendsOut() {
    Http.await(
        "a look at every backend",
        () ->
            TraceRecorder.CALLS.stream()
                    .filter(call -> call.method().endsWith("/ListModels"))
                    .map(TraceRecorder.Call::method)
                    .distinct()
                    .count()
                == 3);
    assertThat(TraceRecorder.CALLS)
        .filteredOn(call -> call.method().endsWith("/ListModels"))
        .allSatisfy(call -> assertThat(call.traceparent()).endsWith("-00"));
  }

  private void post(String path, String body, String trace) {
    Http.send(
        Http.request(base, path)
            .header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
            .POST(BodyPublishers.ofString(body)));
  }
}
