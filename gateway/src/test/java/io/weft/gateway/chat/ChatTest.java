package io.weft.gateway.chat;

import static io.weft.gateway.Http.body;
import static io.weft.gateway.fake.FakeGenerator.accepted;
import static io.weft.gateway.fake.FakeGenerator.delta;
import static io.weft.gateway.fake.FakeGenerator.finished;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.Delta;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.Finished;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.LogprobEntry;
import io.weft.proto.generator.v1.TokenLogprob;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.UnaryCall;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class ChatTest {
  private static final String ROUTE = "/v1/chat/completions";
  private static final String HELLO = "'messages':[{'role':'user','content':'say hello'}]";

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void aShapeThatTheGeneratorRefusesIsABadRequest() {
    FakeGenerator.script =
        (_, call) ->
            UnaryCall.fail(
                call,
                new WeftException.InvalidRequest(
                    "UNSUPPORTED_CONSTRAINT",
                    "#/items, not: not supported by this version",
                    "constraint.json_schema"));

    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'smol'," + HELLO + ",'guided_json':{}}"));

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body())
        .contains("\"param\":\"guided_json\"")
        .contains("\"code\":\"unsupported_constraint\"")
        .contains("#/items, not: not supported by this version");
  }

  @Test
  void answersWhole() {
    HttpResponse<String> response = Http.post(base, ROUTE, body("{'model':'smol'," + HELLO + "}"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(Http.normalized(response.body()))
        .isEqualTo(
            body(
                """
                {'id':'chatcmpl-ID','object':'chat.completion','created':0,'model':'smol',\
                'system_fingerprint':'FP','choices':[{'index':0,'message':{'role':'assistant',\
                'content':'Hello there','refusal':null},'logprobs':null,'finish_reason':'stop'}],\
                'usage':{'prompt_tokens':2,'completion_tokens':2,'total_tokens':4,\
                'prompt_tokens_details':{'cached_tokens':1}}}"""));
  }

  @Test
  void streamsAsOpenAiDoes() {
    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'smol','stream':true," + HELLO + "}"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type"))
        .hasValue("text/event-stream; charset=utf-8");
    assertThat(Http.events(response.body()).stream().map(Http::normalized))
        .containsExactly(
            chunk("{'role':'assistant','content':''}", "null", ""),
            chunk("{'content':'Hello'}", "null", ""),
            chunk("{'content':' there'}", "null", ""),
            chunk("{}", "'stop'", ""),
            "[DONE]");
  }

  @Test
  void streamsTheUsageLastWhenAskedTo() {
    HttpResponse<String> response =
        Http.post(
            base,
            ROUTE,
            body(
                "{'model':'smol','stream':true,'stream_options':{'include_usage':true},"
                    + HELLO
                    + "}"));

    assertThat(Http.events(response.body()).stream().map(Http::normalized))
        .containsExactly(
            chunk("{'role':'assistant','content':''}", "null", ",'usage':null"),
            chunk("{'content':'Hello'}", "null", ",'usage':null"),
            chunk("{'content':' there'}", "null", ",'usage':null"),
            chunk("{}", "'stop'", ",'usage':null"),
            body(
                """
                {'id':'chatcmpl-ID','object':'chat.completion.chunk','created':0,'model':'smol',\
                'system_fingerprint':'FP','choices':[],'usage':{'prompt_tokens':2,\
                'completion_tokens':2,'total_tokens':4,'prompt_tokens_details':{'cached_tokens':1}\
                }}"""),
            "[DONE]");
  }

  /** So that the generator can be fair between callers without knowing their keys. */
  @Test
  void tellsTheGeneratorWhoseWorkItIs() {
    String question = body("{'model':'smol'," + HELLO + "}");
    for (String token : List.of("sk-1", "sk-2", "sk-1")) {
      Http.send(
          Http.request(base, ROUTE)
              .header("Authorization", "Bearer " + token)
              .POST(BodyPublishers.ofString(question)));
    }
    Http.post(base, ROUTE, question);

    List<String> tenants = FakeGenerator.REQUESTS.stream().map(GenerateRequest::getTenant).toList();
    assertThat(tenants.get(0)).hasSize(64).isEqualTo(tenants.get(2)).isNotEqualTo(tenants.get(1));
    assertThat(tenants.get(3)).isEmpty();
  }

  private static String chunk(String delta, String finishReason, String usage) {
    return body(
        """
        {'id':'chatcmpl-ID','object':'chat.completion.chunk','created':0,'model':'smol',\
        'system_fingerprint':'FP','choices':[{'index':0,'delta':%s,'logprobs':null,\
        'finish_reason':%s}]%s}"""
            .formatted(delta, finishReason, usage));
  }

  @Test
  void streamsSeveralAnswersInTurn() {
    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'smol','stream':true,'n':2," + HELLO + "}"));

    assertThat(
            Http.events(response.body()).stream()
                .filter(event -> !event.equals("[DONE]"))
                .map(event -> Http.json(event).path("choices").path(0))
                .map(choice -> choice.path("index") + " " + choice.path("delta").path("content")))
        .containsExactly(
            "0 \"\"",
            "1 \"\"",
            "0 \"Hello\"",
            "1 \"Hello\"",
            "0 \" there\"",
            "1 \" there\"",
            "0 ",
            "1 ");
  }

  @Test
  void sendsNoEmptyPiecesAndTheTextThatWasHeldBack() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(accepted(request));
          call.onNext(delta(0, ""));
          call.onNext(delta(0, "par"));
          call.onNext(
              GenerateResponse.newBuilder()
                  .setFinished(
                      Finished.newBuilder()
                          .setReason(FinishReason.FINISH_REASON_LENGTH)
                          .setText("tial"))
                  .build());
          call.onCompleted();
        };

    List<String> events =
        Http.events(
            Http.post(base, ROUTE, body("{'model':'smol','stream':true," + HELLO + "}")).body());

    assertThat(events).hasSize(5);
    assertThat(events.get(1)).contains("\"content\":\"par\"");
    assertThat(events.get(2)).contains("\"content\":\"tial\"", "\"finish_reason\":null");
    assertThat(events.get(3)).contains("\"delta\":{}", "\"finish_reason\":\"length\"");
    assertThat(events.get(4)).isEqualTo("[DONE]");
    assertThat(
            Http.json(Http.post(base, ROUTE, body("{'model':'smol'," + HELLO + "}")).body())
                .at("/choices/0/message/content")
                .asText())
        .isEqualTo("partial");
  }

  @Test
  void givesLogprobs() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(accepted(request));
          call.onNext(
              GenerateResponse.newBuilder()
                  .setDelta(
                      Delta.newBuilder()
                          .setText("")
                          .addLogprobs(
                              TokenLogprob.newBuilder()
                                  .setToken(entry(-0.5f, 0xe2, 0x82))
                                  .addTop(entry(-0.25f, 'h', 'i'))
                                  .addTop(entry(Float.NEGATIVE_INFINITY, 0xe2, 0x82))))
                  .build());
          call.onNext(finished(0, FinishReason.FINISH_REASON_STOP, 1));
          call.onCompleted();
        };
    String expected =
        body(
            """
            {'content':[{'token':'\\\\xe2\\\\x82','logprob':-0.5,'bytes':[226,130],\
            'top_logprobs':[{'token':'hi','logprob':-0.25,'bytes':[104,105]},\
            {'token':'\\\\xe2\\\\x82','logprob':-9999.0,'bytes':[226,130]}]}],'refusal':null}""");

    String whole =
        Http.post(
                base,
                ROUTE,
                body("{'model':'smol','logprobs':true,'top_logprobs':2," + HELLO + "}"))
            .body();
    String streamed =
        Http.post(
                base,
                ROUTE,
                body(
                    "{'model':'smol','logprobs':true,'top_logprobs':2,'stream':true,"
                        + HELLO
                        + "}"))
            .body();
    String chosen =
        Http.post(base, ROUTE, body("{'model':'smol','logprobs':true," + HELLO + "}")).body();

    assertThat(Http.json(whole).at("/choices/0/logprobs")).hasToString(expected);
    assertThat(Http.json(Http.events(streamed).get(1)).at("/choices/0/logprobs"))
        .hasToString(expected);
    assertThat(Http.json(chosen).at("/choices/0/logprobs/content/0/top_logprobs")).isEmpty();
    assertThat(FakeGenerator.REQUESTS.stream().map(request -> request.getOutput().getTopLogprobs()))
        .containsExactly(2, 2, 0);
  }

  private static LogprobEntry entry(float logprob, int... bytes) {
    byte[] array = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      array[i] = (byte) bytes[i];
    }
    return LogprobEntry.newBuilder()
        .setBytes(ByteString.copyFrom(array))
        .setLogprob(logprob)
        .build();
  }

  @Test
  void callsTheFirstModelDefault() {
    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'default'," + HELLO + "}"));

    assertThat(Http.json(response.body()).path("model").asText()).isEqualTo("smol");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "text/event-stream", "*/*", "text/html", "nonsense"})
  void answersAsTheBodyAsksWhateverTheAcceptHeader(String accept) {
    String body = body("{'model':'smol','stream':true," + HELLO + "}");

    HttpResponse<String> response =
        Http.send(
            Http.request(base, ROUTE).header("Accept", accept).POST(BodyPublishers.ofString(body)));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Http.events(response.body())).hasSize(5).endsWith("[DONE]");
  }
}
