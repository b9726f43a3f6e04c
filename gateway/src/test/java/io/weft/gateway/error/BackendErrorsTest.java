package io.weft.gateway.error;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.Status;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import io.weft.gateway.fake.FakeEncoder;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.runtime.error.WeftException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What backends fail with, as the client sees it: before and after the first event of a stream. */
@QuarkusTest
class BackendErrorsTest {
  private static final String ROUTE = "/v1/chat/completions";

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(
            new WeftException.InvalidRequest("UNSUPPORTED", "no penalties", "sampling.top_p"),
            400,
            "{'message':'no penalties','type':'invalid_request_error','param':'top_p','code':'unsupported'}",
            null),
        Arguments.of(
            new WeftException.InvalidRequest("CONTEXT_LENGTH_EXCEEDED", "9 > 8", "prompt_ids"),
            400,
            "{'message':'9 > 8','type':'invalid_request_error','param':'messages','code':'context_length_exceeded'}",
            null),
        Arguments.of(
            new WeftException.Unsupported("NO_LOGPROBS", "no logprobs", Map.of()),
            400,
            "{'message':'no logprobs','type':'invalid_request_error','param':null,'code':'no_logprobs'}",
            null),
        Arguments.of(
            WeftException.NotFound.model("smol", List.of("big")),
            404,
            "{'message':'model 'smol' is not loaded; loaded: big','type':'invalid_request_error','param':'model','code':'model_not_found'}"
                .replace("'smol'", "\u0001smol\u0001"),
            null),
        Arguments.of(
            new WeftException.Overloaded("QUEUE_FULL", "64 waiting", Duration.ofMillis(2_001)),
            429,
            "{'message':'64 waiting','type':'rate_limit_error','param':null,'code':'queue_full'}",
            "3"),
        Arguments.of(
            new WeftException.Unavailable("STOPPING", "shutting down", null),
            503,
            "{'message':'shutting down','type':'service_unavailable_error','param':null,'code':'stopping'}",
            "1"),
        Arguments.of(
            new WeftException.DeadlineExceeded("late"),
            504,
            "{'message':'the generator did not finish within its limit of 600 s','type':'timeout_error','param':null,'code':'deadline_exceeded'}",
            null),
        Arguments.of(
            new WeftException.Cancelled("gone"),
            503,
            "{'message':'the generator ended the call','type':'service_unavailable_error','param':null,'code':'backend_unavailable'}",
            "1"));
  }

  /** Either field asks for log probabilities of the prompt, which an encoder-decoder has not. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {"'echo':true,'logprobs':0 | echo", "'prompt_logprobs':0 | prompt_logprobs"})
  void whatIsRefusedIsNamedAsTheRequestCallsIt(String fields, String param) {
    FakeGenerator.script =
        (_, _) -> {
          throw new WeftException.InvalidRequest("INVALID_VALUE", "no", "output.prompt_logprobs");
        };

    String answer =
        Http.post(base, "/v1/completions", body("{'model':'t5','prompt':'S'," + fields + "}"))
            .body();

    assertThat(answer).contains(body("'param':'" + param + "'"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void beforeTheFirstEventHaveTheirOwnStatus(
      WeftException failure, int status, String error, String retryAfter) {
    FakeGenerator.script =
        (_, _) -> {
          throw failure;
        };
    for (String stream : List.of("true", "false")) {
      HttpResponse<String> response = chat(stream);

      assertThat(response.statusCode()).isEqualTo(status);
      assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
      assertThat(response.body())
          .isEqualTo("{\"error\":" + body(error).replace('\u0001', '\'') + "}");
      assertThat(response.headers().firstValue("Retry-After").orElse(null)).isEqualTo(retryAfter);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"INTERNAL", "RESOURCE_EXHAUSTED"})
  void faultsAreNotShownButLogged(String code) {
    FakeGenerator.script =
        (_, _) -> {
          throw Status.Code.valueOf(code)
              .toStatus()
              .withDescription("NullPointerException at Engine.java:7")
              .asRuntimeException();
        };
    for (String stream : List.of("true", "false")) {
      try (LogRecorder log = LogRecorder.start()) {
        HttpResponse<String> response = chat(stream);

        assertThat(response.statusCode()).isEqualTo(500);
        JsonNode error = Http.json(response.body()).path("error");
        assertThat(error.path("type").asText()).isEqualTo("server_error");
        assertThat(error.path("message").asText()).matches("internal error, id [0-9a-f-]{36}");
        assertThat(response.body()).doesNotContain("Engine.java");
        assertThat(log.text())
            .contains(error.path("message").asText().substring("internal error, id ".length()));
      }
    }
  }

  @Test
  void aConnectionThatClosesIsNoFaultAndItsDetailsAreNotShown() {
    FakeGenerator.script =
        (_, _) -> {
          throw Status.UNKNOWN.withDescription("channel closed: /10.0.0.7").asRuntimeException();
        };
    HttpResponse<String> response = chat("false");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("the generator ended the call").doesNotContain("10.0.0.7");
  }

  @Test
  void inMidStreamAreTheLastEvent() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, "Hel"));
          throw new WeftException.Unavailable("STOPPING", "shutting down", null);
        };

    HttpResponse<String> response = chat("true");

    assertThat(response.statusCode()).isEqualTo(200);
    List<String> events = Http.events(response.body());
    assertThat(events).hasSize(3);
    assertThat(events.get(1)).contains("\"content\":\"Hel\"");
    assertThat(events.get(2))
        .isEqualTo(
            body(
                "{'error':{'message':'shutting down','type':'service_unavailable_error','param':null,'code':'stopping'}}"));
    assertThat(chat("false").statusCode()).isEqualTo(503);
  }

  @Test
  void aStreamThatBreaksItsContractIsAFault() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onCompleted();
        };
    assertThat(chat("false").statusCode()).isEqualTo(500);
    assertThat(Http.events(chat("true").body()).getLast()).contains("internal error, id");

    FakeGenerator.script =
        (_, call) -> {
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, 1));
          call.onCompleted();
        };
    assertThat(chat("true").statusCode()).isEqualTo(500);

    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_UNSPECIFIED, 1));
          call.onCompleted();
        };
    assertThat(chat("false").statusCode()).isEqualTo(500);
  }

  @Test
  void anOverloadedEncoderIs429() {
    FakeEncoder.failure =
        new WeftException.Overloaded("QUEUE_FULL", "9 > 8", Duration.ofSeconds(2));

    HttpResponse<String> response =
        Http.post(base, "/v1/embeddings", body("{'model':'minilm','input':'a'}"));

    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValue("Retry-After")).hasValue("2");
  }

  private HttpResponse<String> chat(String stream) {
    return Http.post(
        base,
        ROUTE,
        body(
            "{'model':'smol','stream':"
                + stream
                + ",'messages':[{'role':'user','content':'hi'}]}"));
  }
}
