package io.weft.gateway.chat;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.FakeTokenizer;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.runtime.error.WeftException;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of a chat request goes to the tokenizer and the generator. */
@QuarkusTest
class ChatRequestTest {
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
  void variablesGoToTheTemplate() {
    Http.post(
        base,
        ROUTE,
        body(
            "{'model':'smol',"
                + HELLO
                + ",'chat_template_kwargs':{'style':['a',1]},'reasoning_effort':'low',"
                + "'enable_thinking':false}"));

    assertThat(FakeTokenizer.lastChat.getTemplateOptions().getFieldsMap())
        .containsOnlyKeys("style", "reasoning_effort", "enable_thinking");
    assertThat(
            FakeTokenizer.lastChat
                .getTemplateOptions()
                .getFieldsOrThrow("reasoning_effort")
                .getStringValue())
        .isEqualTo("low");
    Http.post(base, ROUTE, body("{'model':'smol'," + HELLO + "}"));
    assertThat(FakeTokenizer.lastChat.hasTemplateOptions()).isFalse();

    Http.post(
        base,
        "/v1/responses",
        body("{'model':'smol','input':'say','reasoning':{'effort':'high','summary':'auto'}}"));
    assertThat(
            FakeTokenizer.lastChat
                .getTemplateOptions()
                .getFieldsOrThrow("reasoning_effort")
                .getStringValue())
        .isEqualTo("high");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'chat_template_kwargs':'x'} | chat_template_kwargs must be an object, not a string",
        "{'chat_template_kwargs':{'messages':[]}} | chat_template_kwargs has messages, which is set by the service",
        "{'chat_template_kwargs':{'enable_thinking':1},'enable_thinking':true} | chat_template_kwargs has enable_thinking, which the request has too",
        "{'chat_template':'{{x}}'} | chat_template is not supported: the model's own is used",
        "{'reasoning_effort':'most'} | reasoning_effort must be one of: none, minimal, low, medium, high, xhigh",
        "{'enable_thinking':'no'} | enable_thinking must be true or false, not a string",
        "{'max_completion_tokens':65} | max_completion_tokens is 65 > 64, the model's context",
        "{'max_completion_tokens':2,'min_tokens':3} | min_tokens is 3 > max_completion_tokens, 2",
        "{'max_tokens':65} | max_tokens is 65 > 64, the model's context",
      })
  void whatIsWrongIsNamedAsTheRequestNamesIt(String fields, String message) {
    String answer =
        Http.post(base, ROUTE, body("{'model':'smol'," + HELLO + "," + fields.substring(1))).body();

    assertThat(Http.json(answer).at("/error/message").asText()).isEqualTo(message);
    assertThat(message).startsWith(Http.json(answer).at("/error/param").asText());
  }

  @Test
  void responsesNameTheirOwnLimitOfTokens() {
    String answer =
        Http.post(
                base, "/v1/responses", body("{'model':'smol','input':'a','max_output_tokens':65}"))
            .body();

    assertThat(answer)
        .contains("max_output_tokens is 65 > 64, the model's context")
        .contains(body("'param':'max_output_tokens'"));
  }

  @Test
  void whatTheGeneratorRefusesIsNamedSoToo() {
    FakeGenerator.script =
        (_, _) -> {
          throw new WeftException.InvalidRequest("OUT_OF_RANGE", "too many", "stop.max_tokens");
        };
    String answer =
        Http.post(base, ROUTE, body("{'model':'smol'," + HELLO + ",'max_completion_tokens':60}"))
            .body();

    assertThat(answer).contains(body("'param':'max_completion_tokens'"));
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
}
