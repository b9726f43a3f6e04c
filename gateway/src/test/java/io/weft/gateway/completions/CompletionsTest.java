package io.weft.gateway.completions;

import static io.weft.gateway.Http.body;
import static io.weft.gateway.fake.FakeGenerator.accepted;
import static io.weft.gateway.fake.FakeGenerator.finished;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.Delta;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.LogprobEntry;
import io.weft.proto.generator.v1.TokenLogprob;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class CompletionsTest {
  private static final String ROUTE = "/v1/completions";

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void answersWhole() {
    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'smol','prompt':'say hello'}"));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Http.normalized(response.body()))
        .isEqualTo(
            body(
                """
                {'id':'cmpl-ID','object':'text_completion','created':0,'model':'smol',\
                'system_fingerprint':'FP','choices':[{'index':0,'text':'Hello there',\
                'logprobs':null,'finish_reason':'stop'}],'usage':{'prompt_tokens':2,\
                'completion_tokens':2,'total_tokens':4,\
                'prompt_tokens_details':{'cached_tokens':1}}}"""));
    assertThat(Fakes.generated().getStop().getMaxTokens()).isEqualTo(16);
  }

  /** The whole answer is held at once: 64 x 50 tokens, four times, with 21 log probabilities. */
  @Test
  void logProbabilitiesOfAllPromptsAreBoundedTogether() {
    String prompt = "[" + "7,".repeat(49) + "7]";
    String prompts = "[" + (prompt + ",").repeat(63) + prompt + "]";
    String request = "{'model':'smol','prompt':%s,'echo':true,'max_tokens':0,'logprobs':20,'n':%d}";

    HttpResponse<String> three = Http.post(base, ROUTE, body(request.formatted(prompts, 3)));
    HttpResponse<String> four = Http.post(base, ROUTE, body(request.formatted(prompts, 4)));

    assertThat(three.statusCode()).isEqualTo(200);
    assertThat(four.statusCode()).isEqualTo(400);
    assertThat(Http.json(four.body()).at("/error/message").asText())
        .isEqualTo("echo of 12,800 tokens with 268,800 log probabilities > 262,144");
  }

  @Test
  void streamsAsOpenAiDoes() {
    HttpResponse<String> response =
        Http.post(
            base,
            ROUTE,
            body(
                "{'model':'smol','prompt':'say hello','stream':true,"
                    + "'stream_options':{'include_usage':true}}"));

    assertThat(Http.events(response.body()).stream().map(Http::normalized))
        .containsExactly(
            chunk("'Hello'", "null"),
            chunk("' there'", "null"),
            chunk("''", "'stop'"),
            body(
                """
                {'id':'cmpl-ID','object':'text_completion','created':0,'model':'smol',\
                'system_fingerprint':'FP','choices':[],'usage':{'prompt_tokens':2,\
                'completion_tokens':2,'total_tokens':4,'prompt_tokens_details':{'cached_tokens':1}\
                }}"""),
            "[DONE]");
  }

  private static String chunk(String text, String finishReason) {
    return body(
        """
        {'id':'cmpl-ID','object':'text_completion','created':0,'model':'smol',\
        'system_fingerprint':'FP','choices':[{'index':0,'text':%s,'logprobs':null,\
        'finish_reason':%s}],'usage':null}"""
            .formatted(text, finishReason));
  }

  @Test
  void numbersChoicesOverAllPrompts() {
    FakeGenerator.script =
        (request, call) ->
            FakeGenerator.say("<" + request.getPromptIdsCount() + ">").run(request, call);

    String whole =
        Http.post(base, ROUTE, body("{'model':'smol','prompt':['a','b c','d e f'],'n':2}")).body();
    String streamed =
        Http.post(
                base,
                ROUTE,
                body("{'model':'smol','prompt':['a','b c','d e f'],'n':2,'stream':true}"))
            .body();

    assertThat(Http.json(whole).path("choices").findValuesAsText("text"))
        .containsExactly("<1>", "<1>", "<2>", "<2>", "<3>", "<3>");
    assertThat(Http.json(whole).at("/usage/prompt_tokens").asInt()).isEqualTo(6);
    assertThat(Http.json(whole).at("/usage/completion_tokens").asInt()).isEqualTo(6);
    assertThat(
            Http.events(streamed).stream()
                .filter(event -> event.contains("<"))
                .map(event -> Http.json(event).at("/choices/0"))
                .map(choice -> choice.path("index") + choice.path("text").asText()))
        .containsExactlyInAnyOrder("0<1>", "1<1>", "2<2>", "3<2>", "4<3>", "5<3>");
    assertThat(Http.events(streamed)).hasSize(13).endsWith("[DONE]");
  }

  @Test
  void takesTokenIdsAsTheyAre() {
    Http.post(base, ROUTE, body("{'model':'smol','prompt':[5,6,7],'max_tokens':3}"));
    Http.post(base, ROUTE, body("{'model':'smol','prompt':[[1],[2,3]],'max_tokens':3}"));

    assertThat(FakeGenerator.REQUESTS.stream().map(GenerateRequest::getPromptIdsList))
        .containsExactlyInAnyOrder(List.of(5, 6, 7), List.of(1), List.of(2, 3));
    assertThat(FakeGenerator.REQUESTS).allMatch(request -> request.getStop().getMaxTokens() == 3);
  }

  @Test
  void givesLogprobsWithOffsetsInTheText() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(accepted(request));
          call.onNext(token("h\u00e9", "h", "\u00e9"));
          call.onNext(token("", new byte[] {(byte) 0xe2, (byte) 0x82}));
          call.onNext(
              token("\u20ac!", new byte[] {(byte) 0xac}, "!".getBytes(StandardCharsets.UTF_8)));
          call.onNext(finished(0, FinishReason.FINISH_REASON_STOP, 5));
          call.onCompleted();
        };

    String whole =
        Http.post(base, ROUTE, body("{'model':'smol','prompt':'a','logprobs':1}")).body();
    List<String> streamed =
        Http.events(
            Http.post(base, ROUTE, body("{'model':'smol','prompt':'a','logprobs':1,'stream':true}"))
                .body());

    assertThat(Http.json(whole).at("/choices/0/text").asText()).isEqualTo("h\u00e9\u20ac!");
    assertThat(Http.json(whole).at("/choices/0/logprobs"))
        .hasToString(
            body(
                """
                {'tokens':['h','\u00e9','bytes:\\\\xe2\\\\x82','bytes:\\\\xac','!'],\
                'token_logprobs':[-1.5,-1.5,-1.5,-1.5,-1.5],\
                'top_logprobs':[{'x':-0.5,'h':-1.5},{'x':-0.5,'\u00e9':-1.5},\
                {'x':-0.5,'bytes:\\\\xe2\\\\x82':-1.5},{'x':-0.5,'bytes:\\\\xac':-1.5},\
                {'x':-0.5,'!':-1.5}],'text_offset':[0,1,2,2,3]}"""));
    assertThat(
            streamed.stream()
                .filter(event -> event.contains("text_offset"))
                .map(event -> Http.json(event).at("/choices/0/logprobs/text_offset").toString()))
        .containsExactly("[0,1]", "[2]", "[2,3]");
  }

  /** As the special tokens, unless they are asked for, and the one that ends the text. */
  @Test
  void offsetsCountWhatIsInTheText() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(accepted(request));
          call.onNext(omitting(1, token("a", " a")));
          call.onNext(omitting(6, token("", "<mask>")));
          call.onNext(token("b", "b"));
          call.onNext(omitting(4, token("", "</s>")));
          call.onNext(finished(0, FinishReason.FINISH_REASON_STOP, 4));
          call.onCompleted();
        };

    String whole =
        Http.post(base, ROUTE, body("{'model':'smol','prompt':'a','logprobs':0}")).body();

    assertThat(Http.json(whole).at("/choices/0/text").asText()).isEqualTo("ab");
    assertThat(Http.json(whole).at("/choices/0/logprobs/tokens"))
        .hasToString(body("[' a','<mask>','b','</s>']"));
    assertThat(Http.json(whole).at("/choices/0/logprobs/text_offset")).hasToString("[0,1,1,2]");
  }

  private static GenerateResponse omitting(int bytes, GenerateResponse token) {
    GenerateResponse.Builder changed = token.toBuilder();
    changed.getDeltaBuilder().getLogprobsBuilder(0).setOmittedBytes(bytes);
    return changed.build();
  }

  @Test
  void echoesThePromptBeforeTheText() {
    HttpResponse<String> whole =
        Http.post(base, ROUTE, body("{'model':'smol','prompt':['a b','c'],'n':2,'echo':true}"));
    List<String> streamed =
        Http.events(
            Http.post(
                    base,
                    ROUTE,
                    body("{'model':'smol','prompt':['a b','c'],'n':2,'echo':true,'stream':true}"))
                .body());
    HttpResponse<String> ids =
        Http.post(base, ROUTE, body("{'model':'smol','prompt':[5,6],'echo':true}"));

    assertThat(Http.json(whole.body()).path("choices").findValuesAsText("text"))
        .containsExactly("a bHello there", "a bHello there", "cHello there", "cHello there");
    String[] texts = {"", "", "", ""};
    for (String event : streamed.subList(0, streamed.size() - 1)) {
      JsonNode choice = Http.json(event).at("/choices/0");
      texts[choice.path("index").asInt()] += choice.path("text").asText();
    }
    assertThat(texts)
        .containsExactly("a bHello there", "a bHello there", "cHello there", "cHello there");
    assertThat(Http.json(ids.body()).at("/choices/0/text").asText()).isEqualTo("5 6Hello there");
    assertThat(FakeGenerator.REQUESTS)
        .noneMatch(request -> request.getOutput().getPromptLogprobs());
  }

  @Test
  void echoesLogprobsInTheOlderShape() {
    FakeGenerator.script =
        (request, call) -> {
          GenerateResponse.Builder accepted = accepted(request).toBuilder();
          token("", "<s>", "h", "\u00e9")
              .getDelta()
              .getLogprobsList()
              .forEach(accepted.getAcceptedBuilder()::addPromptLogprobs);
          call.onNext(accepted.build());
          if (request.getStop().getMaxTokens() > 0) {
            call.onNext(token("!", "!"));
          }
          call.onNext(finished(0, FinishReason.FINISH_REASON_LENGTH, 1));
          call.onCompleted();
        };
    String both = "{'model':'smol','prompt':'h\u00e9','logprobs':1,'max_tokens':1,'echo':true%s}";

    String whole = Http.post(base, ROUTE, body(both.formatted(""))).body();
    String none =
        Http.post(base, ROUTE, body(both.replace("_tokens':1", "_tokens':0").formatted(""))).body();
    List<String> streamed =
        Http.events(Http.post(base, ROUTE, body(both.formatted(",'stream':true"))).body());

    assertThat(Http.json(whole).at("/choices/0/text").asText()).isEqualTo("h\u00e9!");
    assertThat(Http.json(whole).at("/choices/0/logprobs"))
        .hasToString(
            body(
                """
                {'tokens':['<s>','h','\u00e9','!'],'token_logprobs':[null,-1.5,-1.5,-1.5],\
                'top_logprobs':[null,{'x':-0.5,'h':-1.5},{'x':-0.5,'\u00e9':-1.5},\
                {'x':-0.5,'!':-1.5}],'text_offset':[0,0,1,2]}"""));
    assertThat(Http.json(none).at("/choices/0/text").asText()).isEqualTo("h\u00e9");
    assertThat(Http.json(none).at("/choices/0/finish_reason").asText()).isEqualTo("length");
    assertThat(Http.json(none).at("/choices/0/logprobs/token_logprobs"))
        .hasToString("[null,-1.5,-1.5]");
    assertThat(
            streamed.stream()
                .filter(event -> event.contains("text_offset"))
                .map(event -> Http.json(event).at("/choices/0/logprobs/text_offset").toString()))
        .containsExactly("[0,0,1]", "[2]");
    assertThat(Http.json(streamed.getFirst()).at("/choices/0/text").asText()).isEqualTo("h\u00e9");
    assertThat(FakeGenerator.REQUESTS)
        .allMatch(request -> request.getOutput().getPromptLogprobs())
        .extracting(request -> request.getStop().getMaxTokens())
        .containsExactly(1, 0, 1);
  }

  /** vLLM's field, with more rivals than the output has, or without log probabilities of it. */
  @Test
  void givesLogprobsOfThePrompt() {
    FakeGenerator.script =
        (request, call) -> {
          GenerateResponse.Builder accepted = accepted(request).toBuilder();
          token("", "a", "b")
              .getDelta()
              .getLogprobsList()
              .forEach(accepted.getAcceptedBuilder()::addPromptLogprobs);
          call.onNext(accepted.build());
          call.onNext(token("!", "!"));
          call.onNext(finished(0, FinishReason.FINISH_REASON_LENGTH, 1));
          call.onCompleted();
        };
    String expected =
        body(
            """
            [null,{'9':{'logprob':-0.5,'rank':1,'decoded_token':'x'},\
            '0':{'logprob':-1.5,'decoded_token':'b'}}]""");

    String completion =
        Http.post(base, ROUTE, body("{'model':'smol','prompt':'a b','prompt_logprobs':3}")).body();
    String both =
        Http.post(
                base,
                ROUTE,
                body("{'model':'smol','prompt':'a b','prompt_logprobs':1,'logprobs':0}"))
            .body();
    String chat =
        Http.post(
                base,
                "/v1/chat/completions",
                body(
                    "{'model':'smol','messages':[{'role':'user','content':'a b'}],"
                        + "'prompt_logprobs':1}"))
            .body();

    assertThat(Http.json(completion).at("/choices/0/prompt_logprobs")).hasToString(expected);
    assertThat(Http.json(completion).at("/choices/0/logprobs").isNull()).isTrue();
    assertThat(Http.json(both).at("/choices/0/prompt_logprobs")).hasToString(expected);
    assertThat(Http.json(both).at("/choices/0/logprobs/top_logprobs"))
        .hasToString(body("[{'!':-1.5}]"));
    assertThat(Http.json(chat).path("prompt_logprobs")).hasToString(expected);
    assertThat(Http.json(chat).at("/choices/0/logprobs").isNull()).isTrue();
    assertThat(FakeGenerator.REQUESTS)
        .allMatch(request -> request.getOutput().getPromptLogprobs())
        .extracting(request -> request.getOutput().getTopLogprobs())
        .containsExactly(3, 1, 1);
  }

  private static GenerateResponse token(String text, String... tokens) {
    byte[][] bytes = new byte[tokens.length][];
    for (int i = 0; i < tokens.length; i++) {
      bytes[i] = tokens[i].getBytes(StandardCharsets.UTF_8);
    }
    return token(text, bytes);
  }

  private static GenerateResponse token(String text, byte[]... tokens) {
    Delta.Builder delta = Delta.newBuilder().setText(text);
    for (byte[] token : tokens) {
      delta.addLogprobs(
          TokenLogprob.newBuilder()
              .setToken(
                  LogprobEntry.newBuilder().setBytes(ByteString.copyFrom(token)).setLogprob(-1.5f))
              .addTop(
                  LogprobEntry.newBuilder()
                      .setId(9)
                      .setBytes(ByteString.copyFromUtf8("x"))
                      .setLogprob(-0.5f)));
    }
    return GenerateResponse.newBuilder().setDelta(delta).build();
  }
}
