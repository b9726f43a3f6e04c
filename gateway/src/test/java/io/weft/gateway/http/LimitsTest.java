package io.weft.gateway.http;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeEncoder;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.FakeTokenizer;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.LogprobEntry;
import io.weft.proto.generator.v1.TokenLogprob;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The gateway's own bounds, configured small. */
@QuarkusTest
@TestProfile(LimitsTest.Small.class)
class LimitsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String GOOD =
      body("{'model':'smol','messages':[{'role':'user','content':'hi'}]}");

  public static final class Small implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "weft.gateway.max-requests", "3",
          "weft.gateway.max-body-size", "1000",
          "weft.gateway.max-held-bodies", "1500",
          "weft.gateway.retry-after", "4s",
          "weft.gateway.tokenizer-timeout", "300ms",
          "weft.gateway.encoder-timeout", "1s",
          "weft.gateway.generator-timeout", "1s",
          "weft.gateway.default-model", "elsewhere",
          "weft.gateway.default-embedding-model", "minilm");
    }
  }

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
    Http.await("no open request", () -> Metrics.openRequests() == 0);
  }

  @Test
  void tooManyRequests() throws Exception {
    FakeGenerator.script = (_, _) -> {};
    try (RawConnection one = new RawConnection(base);
        RawConnection two = new RawConnection(base);
        RawConnection three = new RawConnection(base)) {
      one.post(CHAT, GOOD);
      two.post(CHAT, GOOD);
      three.post(CHAT, GOOD);
      Http.await("three requests", () -> FakeGenerator.REQUESTS.size() == 3);

      HttpResponse<String> refused = Http.post(base, CHAT, GOOD);
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("4");
      assertThat(refused.body()).contains("3 requests are queued or running, the limit is 3");
    }
    FakeGenerator.script = FakeGenerator.say("again");
    Http.await("room", () -> Http.post(base, CHAT, GOOD).statusCode() == 200);
    assertThat(Metrics.counter("weft.gateway.requests", "route", CHAT, "status", "429"))
        .isPositive();
  }

  @Test
  void tooManyBytesOfBodies() throws Exception {
    FakeGenerator.script = (_, _) -> {};
    String padded = body("{'x':'") + "a".repeat(850) + "\"," + GOOD.substring(1);
    try (RawConnection one = new RawConnection(base)) {
      one.post(CHAT, padded);
      Http.await("the first request", () -> FakeGenerator.REQUESTS.size() == 1);

      HttpResponse<String> refused = Http.post(base, CHAT, padded);
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("4");
      assertThat(refused.body())
          .contains("the bodies of all open requests hold ", "would pass the limit of 1,500");
    }
    FakeGenerator.script = FakeGenerator.say("again");
    Http.await("room", () -> Http.post(base, CHAT, padded).statusCode() == 200);
  }

  /** Streams keep none of them, but for responses, whose last event has all. */
  @Test
  void tooManyLogProbabilitiesForAnAnswerThatIsKept() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          for (int i = 0; i < 20; i++) {
            call.onNext(tokenWithLogprob());
          }
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, 20));
          call.onCompleted();
        };
    String chat = GOOD.replace("{\"model", "{\"logprobs\":true,\"model");
    String streamed = chat.replace("{\"logprobs", "{\"stream\":true,\"logprobs");

    HttpResponse<String> refused = Http.post(base, CHAT, chat);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    assertThat(Http.json(refused.body()).at("/error/code").asText()).isEqualTo("answer_too_large");
    assertThat(refused.body())
        .contains("the answer has so many log probabilities that it takes ", "the limit is 1,500");
    assertThat(Http.events(Http.post(base, CHAT, streamed).body()).getLast()).isEqualTo("[DONE]");

    String response =
        body(
            "{'model':'smol','input':'hi','stream':true,'include':['message.output_text.logprobs']}");
    assertThat(Http.post(base, "/v1/responses", response).body())
        .contains("response.failed", "answer_too_large")
        .doesNotContain("response.completed");
    Http.await("no open request", () -> Metrics.openRequests() == 0);
    FakeGenerator.script = FakeGenerator.say("again");
    assertThat(Http.post(base, CHAT, chat).statusCode()).isEqualTo(200);
  }

  private static GenerateResponse tokenWithLogprob() {
    GenerateResponse.Builder token = FakeGenerator.delta(0, "a").toBuilder();
    token
        .getDeltaBuilder()
        .addLogprobs(
            TokenLogprob.newBuilder()
                .setToken(LogprobEntry.newBuilder().setBytes(ByteString.copyFromUtf8("a"))));
    return token.build();
  }

  @Test
  void timeouts() {
    FakeTokenizer.hang = new CountDownLatch(1);
    check504(CHAT, GOOD, "the tokenizer did not finish within its limit of 300 ms");
    CountDownLatch hung = FakeTokenizer.hang;
    Http.await("the end of the hung call", () -> hung.getCount() == 0);
    FakeTokenizer.hang = null;

    FakeEncoder.hang = new CountDownLatch(1);
    check504(
        "/v1/embeddings",
        body("{'model':'default','input':'a'}"),
        "the encoder did not finish within its limit of 1 s");

    FakeGenerator.script = (_, _) -> {};
    check504(CHAT, GOOD, "the generator did not finish within its limit of 1 s");
    check504(
        CHAT,
        GOOD.replace("{\"model", "{\"stream\":true,\"model"),
        "the generator did not finish within its limit of 1 s");

    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, "slow"));
        };
    double before = Metrics.counter("weft.gateway.requests", "status", "200", "broken", "true");
    String broken =
        Http.post(base, CHAT, GOOD.replace("{\"model", "{\"stream\":true,\"model")).body();
    assertThat(Http.events(broken)).hasSize(3);
    assertThat(Http.events(broken).getLast())
        .contains("\"error\"", "the generator did not finish within its limit of 1 s");
    Http.await(
        "the count of broken streams",
        () ->
            Metrics.counter("weft.gateway.requests", "status", "200", "broken", "true")
                == before + 1);
  }

  @Test
  void aDefaultModelThatIsNotLoaded() {
    HttpResponse<String> response = Http.post(base, CHAT, GOOD.replace("smol", "default"));

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(Http.json(response.body()).at("/error/message").asText())
        .isEqualTo("model 'elsewhere' is not loaded; loaded: smol, t5");
  }

  private void check504(String path, String body, String message) {
    HttpResponse<String> response = Http.post(base, path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(504);
    assertThat(Http.json(response.body()).at("/error/message").asText()).isEqualTo(message);
    assertThat(Http.json(response.body()).at("/error/type").asText()).isEqualTo("timeout_error");
  }
}
