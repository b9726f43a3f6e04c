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
import io.weft.gateway.fake.FakeTokenizer;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.BeamSearch;
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
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
  void theShapeOfTheTextGoesToTheGenerator() {
    Http.post(
        base,
        ROUTE,
        body(
            "{'model':'smol',"
                + HELLO
                + ",'response_format':{'type':'json_schema','json_schema':"
                + "{'name':'n','schema':{'type':'object','required':['b','a']}}}}"));
    Http.post(base, ROUTE, body("{'model':'smol'," + HELLO + ",'guided_choice':['a','b']}"));
    Http.post(
        base, ROUTE, body("{'model':'smol'," + HELLO + ",'response_format':{'type':'text'}}"));

    assertThat(FakeGenerator.REQUESTS.get(0).getConstraint().getJsonSchema())
        .isEqualTo(body("{'type':'object','required':['b','a']}"));
    assertThat(FakeGenerator.REQUESTS.get(1).getConstraint().getChoice().getOptionsList())
        .containsExactly("a", "b");
    assertThat(FakeGenerator.REQUESTS.get(2).hasConstraint()).isFalse();
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
        Http.post(base, ROUTE, body("{'model':'smol','logprobs':true,'stream':true," + HELLO + "}"))
            .body();

    assertThat(Http.json(whole).at("/choices/0/logprobs")).hasToString(expected);
    assertThat(Http.json(Http.events(streamed).get(1)).at("/choices/0/logprobs"))
        .hasToString(expected);
    assertThat(FakeGenerator.REQUESTS.stream().map(request -> request.getOutput().getTopLogprobs()))
        .containsExactly(2, 0);
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
  void handsEveryFieldToTheGenerator() {
    Http.post(
        base,
        ROUTE,
        body(
            """
            {'model':'smol','messages':[{'role':'user','content':'say hello now'}],'n':3,
             'temperature':0.5,'top_p':0.25,'top_k':40,'min_p':0.125,'repetition_penalty':1.5,
             'typical_p':0.75,'no_repeat_ngram_size':4,'best_of':5,'skip_special_tokens':false,
             'presence_penalty':-1,'frequency_penalty':2,'logit_bias':{'5':-100,'6':1.5},'seed':-7,
             'max_completion_tokens':9,'min_tokens':2,'stop':['a','b'],'stop_token_ids':[3,4],
             'include_stop_str_in_output':true,'ignore_eos':true,'user':'me','unheard_of':[{}]}"""));

    GenerateRequest request = Fakes.generated();
    assertThat(request.getModel()).isEqualTo("smol");
    assertThat(request.getVocabularyHash()).isEqualTo(FakeTokenizer.HASH);
    assertThat(request.getPromptIdsList()).containsExactly(3, 5, 3);
    assertThat(request.getN()).isEqualTo(3);
    assertThat(request.getOutput().hasTopLogprobs()).isFalse();
    assertThat(request.getOutput().getIncludeSpecialTokens()).isTrue();
    assertThat(request.getSampling().getTemperature()).isEqualTo(0.5f);
    assertThat(request.getSampling().getTopP()).isEqualTo(0.25f);
    assertThat(request.getSampling().getTopK()).isEqualTo(40);
    assertThat(request.getSampling().getMinP()).isEqualTo(0.125f);
    assertThat(request.getSampling().getTypicalP()).isEqualTo(0.75f);
    assertThat(request.getSampling().getNoRepeatNgramSize()).isEqualTo(4);
    assertThat(request.getSampling().getBestOf()).isEqualTo(5);
    assertThat(request.getSampling().hasBeamSearch()).isFalse();
    assertThat(request.getSampling().getRepetitionPenalty()).isEqualTo(1.5f);
    assertThat(request.getSampling().getPresencePenalty()).isEqualTo(-1f);
    assertThat(request.getSampling().getFrequencyPenalty()).isEqualTo(2f);
    assertThat(request.getSampling().getLogitBiasMap()).isEqualTo(Map.of(5, -100f, 6, 1.5f));
    assertThat(request.getSampling().getSeed()).isEqualTo(-7);
    assertThat(request.getStop().getMaxTokens()).isEqualTo(9);
    assertThat(request.getStop().getMinTokens()).isEqualTo(2);
    assertThat(request.getStop().getStopList()).containsExactly("a", "b");
    assertThat(request.getStop().getStopTokenIdsList()).containsExactly(3, 4);
    assertThat(request.getStop().getIncludeStopText()).isTrue();
    assertThat(request.getStop().getIgnoreEos()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'model':'smol',M,'num_beams':4,'n':2} | 4 | 0 | false | false",
        "{'model':'smol',M,'num_beams':2,'length_penalty':-1.5,'early_stopping':true} | 2 | -1.5 | true | false",
        "{'model':'smol',M,'num_beams':16,'length_penalty':5,'early_stopping':false} | 16 | 5 | false | false",
        "{'model':'smol',M,'num_beams':3,'early_stopping':'never','use_beam_search':false} | 3 | 0 | false | true",
      })
  void handsBeamSearchToTheGenerator(
      String body, int beams, float lengthPenalty, boolean early, boolean exhaustive) {
    Http.post(base, ROUTE, body(body.replace("M", HELLO)));

    BeamSearch search = Fakes.generated().getSampling().getBeamSearch();
    assertThat(search.getNumBeams()).isEqualTo(beams);
    assertThat(search.getLengthPenalty()).isEqualTo(lengthPenalty);
    assertThat(search.hasLengthPenalty()).isEqualTo(lengthPenalty != 0);
    assertThat(search.getEarlyStopping()).isEqualTo(early);
    assertThat(search.getExhaustive()).isEqualTo(exhaustive);
  }

  @Test
  void oneBeamIsNoBeamSearch() {
    Http.post(base, ROUTE, body("{'model':'smol','num_beams':1," + HELLO + "}"));

    assertThat(Fakes.generated().getSampling().hasBeamSearch()).isFalse();
  }

  @Test
  void leavesDefaultsToTheGenerator() {
    Http.post(base, ROUTE, body("{'model':'smol','temperature':null,'stop':null," + HELLO + "}"));

    GenerateRequest request = Fakes.generated();
    assertThat(request.hasSampling()).isTrue();
    assertThat(request.getSampling().getAllFields()).isEmpty();
    assertThat(request.getStop().getAllFields()).isEmpty();
    assertThat(request.getOutput().getAllFields()).isEmpty();
  }

  @Test
  void readsEveryKindOfMessage() {
    Http.post(
        base,
        ROUTE,
        body(
            """
            {'model':'smol','messages':[
              {'role':'developer','content':'be kind','name':'x'},
              {'role':'user','content':[{'type':'text','text':'one'},{'type':'text','text':'two'}]},
              {'role':'assistant','content':'','tool_calls':[],'refusal':null}]}"""));

    assertThat(
            FakeTokenizer.lastChat.getMessagesList().stream()
                .map(message -> message.getRole() + ":" + message.getContent()))
        .containsExactly("system:be kind", "user:one\ntwo", "assistant:");
    assertThat(FakeTokenizer.lastChat.getAddGenerationPrompt()).isTrue();
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
