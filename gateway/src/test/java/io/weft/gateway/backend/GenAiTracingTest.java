package io.weft.gateway.backend;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.gateway.fake.SpanRecorder;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the spans of models tell, with their content asked for; and the access log. */
@QuarkusTest
@TestProfile(GenAiTracingTest.Telling.class)
class GenAiTracingTest {
  /** Everything that is off by default. */
  public static final class Telling implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("weft.gateway.trace-content", "true", "weft.gateway.access-log", "true");
    }
  }

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void aChatTellsItsModelTokensTimesAndMessages() {
    for (boolean stream : new boolean[] {true, false}) {
      String trace = (stream ? "7" : "8") + "bf92f3577b34da6a3ce929d0e0e4736";
      post(
          "/v1/chat/completions",
          "{'model':'smol','stream':%s,'temperature':0.5,'max_tokens':9,'messages':[{'role':'user','content':'hi'}]}"
              .formatted(stream),
          trace);

      SpanData span = SpanRecorder.await(trace, "chat smol");
      assertThat(text(span, "gen_ai.operation.name")).isEqualTo("chat");
      assertThat(text(span, "gen_ai.provider.name")).isEqualTo("weft");
      assertThat(text(span, "gen_ai.request.model")).isEqualTo("smol");
      assertThat(text(span, "gen_ai.response.model")).isEqualTo("smol");
      assertThat(number(span, "gen_ai.usage.input_tokens")).isPositive();
      assertThat(number(span, "gen_ai.usage.output_tokens")).isEqualTo(2);
      assertThat(number(span, "gen_ai.request.max_tokens")).isEqualTo(9);
      assertThat(span.getAttributes().get(AttributeKey.doubleKey("gen_ai.request.temperature")))
          .isEqualTo(0.5);
      assertThat(
              span.getAttributes()
                  .get(AttributeKey.doubleKey("gen_ai.response.time_to_first_chunk")))
          .isBetween(0.0, 10.0);
      assertThat(
              span.getAttributes()
                  .get(AttributeKey.stringArrayKey("gen_ai.response.finish_reasons")))
          .containsExactly("stop");
      assertThat(text(span, "gen_ai.input.messages"))
          .isEqualTo(body("[{'role':'user','parts':[{'type':'text','content':'hi'}]}]"));
      assertThat(text(span, "gen_ai.output.messages"))
          .isEqualTo(
              body(
                  "[{'role':'assistant','parts':[{'type':'text','content':'Hello there'}],'finish_reason':'stop'}]"));
    }
  }

  @Test
  void aFailureTellsItsKind() {
    String trace = "9bf92f3577b34da6a3ce929d0e0e4736";
    FakeGenerator.script = (_, call) -> call.onError(Status.UNAVAILABLE.asRuntimeException());
    post("/v1/completions", "{'model':'smol','prompt':'a'}", trace);

    SpanData span = SpanRecorder.await(trace, "text_completion smol");
    assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    assertThat(text(span, "error.type")).isNotBlank();
    assertThat(number(span, "gen_ai.usage.output_tokens")).isZero();
  }

  @Test
  void embeddingsTellTheirTokens() {
    String trace = "abf92f3577b34da6a3ce929d0e0e4736";
    post("/v1/embeddings", "{'model':'minilm','input':'a'}", trace);

    SpanData span = SpanRecorder.await(trace, "embeddings minilm");
    assertThat(text(span, "gen_ai.operation.name")).isEqualTo("embeddings");
    assertThat(number(span, "gen_ai.usage.input_tokens")).isPositive();
  }

  @Test
  void theAccessLogTellsFieldsAndNoText() {
    String trace = "bbf92f3577b34da6a3ce929d0e0e4736";
    try (LogRecorder log = LogRecorder.start()) {
      post(
          "/v1/chat/completions",
          "{'model':'smol','messages':[{'role':'user','content':'a secret'}]}",
          trace);
      Http.await("the line", () -> log.text().contains(trace));

      assertThat(log.text())
          .containsPattern(
              "route=/v1/chat/completions status=200 duration_ms=[0-9.]+ ttft_ms=[0-9.]+ tenant=\"[^\"\\n]*\" trace_id="
                  + trace)
          .doesNotContain("secret")
          .doesNotContain("Hello");
    }
  }

  private static String text(SpanData span, String name) {
    return String.valueOf(span.getAttributes().get(AttributeKey.stringKey(name)));
  }

  private static long number(SpanData span, String name) {
    Long value = span.getAttributes().get(AttributeKey.longKey(name));
    assertThat(value).as(name).isNotNull();
    return value;
  }

  private void post(String path, String body, String trace) {
    Http.send(
        Http.request(base, path)
            .header("traceparent", "00-" + trace + "-00f067aa0ba902b7-01")
            .POST(BodyPublishers.ofString(body(body))));
  }
}
