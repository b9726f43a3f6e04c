package io.weft.gateway.chat;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.FakeTokenizer;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.tokenizer.v1.ToolCallForm;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tools in chats: to the template, to the generator, and back as calls. */
@QuarkusTest
class ChatToolsTest {
  private static final String ROUTE = "/v1/chat/completions";
  private static final String HELLO = "'messages':[{'role':'user','content':'say hello'}]";
  private static final String TOOLS =
      "'tools':[{'type':'function','function':{'name':'add','description':'Adds.','strict':true,"
          + "'parameters':{'type':'object','properties':{'x':{'type':'integer','minimum':5}}}}},"
          + "{'type':'function','function':{'name':'now'}}]";
  private static final String CALL =
      body("<tool_call>\n{'name': 'add', 'arguments': {'x': 1}}\n</tool_call>");

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void theTemplateGetsTheTools() {
    chat("");

    Struct tool = FakeTokenizer.lastChat.getTools(0);
    assertThat(tool.getFieldsMap()).containsKey("type");
    Struct function = tool.getFieldsOrThrow("function").getStructValue();
    assertThat(function.getFieldsMap().keySet())
        .containsExactly("name", "description", "strict", "parameters");
    assertThat(FakeTokenizer.lastChat.getToolsCount()).isEqualTo(2);
    assertThat(FakeTokenizer.lastChat.getBeginToolCall()).isFalse();
    GenerateRequest generated = Fakes.generated();
    assertThat(generated.hasConstraint()).isFalse();
    assertThat(generated.getOutput().getIncludeSpecialTokens()).isFalse();
  }

  @Test
  void theTemplateGetsCallsAndTheirResults() {
    Http.post(
        base,
        ROUTE,
        body(
            """
            {'model':'smol','messages':[{'role':'user','content':'say'},
              {'role':'assistant','content':null,'tool_calls':[{'id':'call_1','type':'function',
                'function':{'name':'add','arguments':'{\\'x\\': [1, 2.5]}'}},
                {'id':'call_2','type':'function','function':{'name':'now','arguments':''}}]},
              {'role':'tool','tool_call_id':'call_1','content':[{'type':'text','text':'3'}]}]}"""));

    Struct assistant = FakeTokenizer.lastChat.getMessages(1).getExtra();
    List<Value> calls = assistant.getFieldsOrThrow("tool_calls").getListValue().getValuesList();
    Struct call = calls.get(0).getStructValue();
    assertThat(call.getFieldsOrThrow("id").getStringValue()).isEqualTo("call_1");
    assertThat(call.getFieldsOrThrow("type").getStringValue()).isEqualTo("function");
    Struct function = call.getFieldsOrThrow("function").getStructValue();
    assertThat(function.getFieldsOrThrow("name").getStringValue()).isEqualTo("add");
    assertThat(
            function
                .getFieldsOrThrow("arguments")
                .getStructValue()
                .getFieldsOrThrow("x")
                .getListValue()
                .getValues(1)
                .getNumberValue())
        .isEqualTo(2.5);
    assertThat(calls.get(1).getStructValue().getFieldsOrThrow("function").getStructValue())
        .satisfies(
            f ->
                assertThat(f.getFieldsOrThrow("arguments").getStructValue().getFieldsCount())
                    .isZero());
    assertThat(FakeTokenizer.lastChat.getMessages(2).getRole()).isEqualTo("tool");
    assertThat(FakeTokenizer.lastChat.getMessages(2).getContent()).isEqualTo("3");
    assertThat(
            FakeTokenizer.lastChat
                .getMessages(2)
                .getExtra()
                .getFieldsOrThrow("tool_call_id")
                .getStringValue())
        .isEqualTo("call_1");
  }

  @Test
  void callsComeBackParsed() {
    FakeGenerator.script = FakeGenerator.say("I add.\n", CALL, "\n" + CALL);

    JsonNode choice = chat("").at("/choices/0");

    assertThat(choice.at("/message/content").asText()).isEqualTo("I add.");
    assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
    assertThat(choice.at("/message/tool_calls")).hasSize(2);
    JsonNode call = choice.at("/message/tool_calls/0");
    assertThat(call.fieldNames()).toIterable().containsExactly("id", "type", "function");
    assertThat(call.path("id").asText())
        .matches("call_[0-9a-f]{24}")
        .isNotEqualTo(choice.at("/message/tool_calls/1/id").asText());
    assertThat(call.path("type").asText()).isEqualTo("function");
    assertThat(call.path("function"))
        .hasToString(body("{'name':'add','arguments':'{\\'x\\': 1}'}"));
  }

  @Test
  void anAnswerOfCallsOnlyHasNoContent() {
    FakeGenerator.script = FakeGenerator.say(CALL);

    JsonNode message = chat("").at("/choices/0/message");

    assertThat(message.path("content").isNull()).isTrue();
    assertThat(message.path("tool_calls")).hasSize(1);
  }

  @Test
  void textStaysText() {
    FakeGenerator.script = FakeGenerator.say("<tool_call>", "{'name':'zap'}</tool_call>");

    JsonNode choice = chat("").at("/choices/0");

    assertThat(choice.at("/message/content").asText())
        .isEqualTo("<tool_call>{'name':'zap'}</tool_call>");
    assertThat(choice.at("/message").has("tool_calls")).isFalse();
    assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
  }

  @Test
  void callsAreStreamedAsDeltas() {
    FakeGenerator.script = FakeGenerator.say("I ", "add.\n<tool_", CALL.substring(6), "\n");

    List<JsonNode> deltas = streamed(",'n':2");

    for (int i = 0; i < 2; i++) {
      int index = i;
      List<String> own =
          deltas.stream()
              .filter(choice -> choice.path("index").asInt() == index)
              .map(choice -> choice.path("delta") + " " + choice.path("finish_reason").asText())
              .map(text -> text.replaceFirst("call_[0-9a-f]{24}", "ID"))
              .toList();
      assertThat(own)
          .containsExactly(
              body("{'role':'assistant','content':''} null"),
              body("{'content':'I'} null"),
              body("{'content':' add.'} null"),
              body(
                  "{'tool_calls':[{'index':0,'id':'ID','type':'function',"
                      + "'function':{'name':'add','arguments':''}}]} null"),
              body("{'tool_calls':[{'index':0,'function':{'arguments':'{\\'x\\': 1}'}}]} null"),
              "{} tool_calls");
    }
  }

  @Test
  void requiredCallsAreForcedByTheirShapeAndStreamed() {
    FakeGenerator.script =
        FakeGenerator.say(body("{'name':'add',"), body("'arguments':{'x'"), ":5", "}}");

    List<JsonNode> deltas = streamed(",'tool_choice':'required'");

    assertThat(FakeTokenizer.lastChat.getBeginToolCall()).isTrue();
    assertThat(Fakes.generated().getConstraint().getJsonSchema())
        .startsWith(body("{'anyOf':[{'type':'object','properties':{'name':{'const':'add'}"))
        .contains(body("'minimum':5"))
        .contains(body("{'const':'now'}"));
    assertThat(deltas.stream().map(choice -> choice.path("delta").toString()))
        .satisfiesExactly(
            d -> assertThat(d).isEqualTo(body("{'role':'assistant'}")),
            d -> assertThat(d).contains(body("'name':'add','arguments':''")),
            d -> assertThat(d).contains(body("{'arguments':'{\\'x\\''}")),
            d -> assertThat(d).contains(body("{'arguments':':5'}")),
            d -> assertThat(d).contains(body("{'arguments':'}'}")),
            d -> assertThat(d).isEqualTo("{}"));
    assertThat(deltas.getLast().path("finish_reason").asText()).isEqualTo("tool_calls");
  }

  @Test
  void aNamedCallIsOfThatTool() {
    FakeGenerator.script = FakeGenerator.say(body("{'name':'now','arguments':{}}"));

    JsonNode answer = chat(",'tool_choice':{'type':'function','function':{'name':'now'}},'n':2");

    assertThat(Fakes.generated().getConstraint().getJsonSchema())
        .contains(body("{'const':'now'}"))
        .doesNotContain(body("'add'"));
    for (JsonNode choice : answer.path("choices")) {
      assertThat(choice.at("/message/tool_calls/0/function/name").asText()).isEqualTo("now");
      assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
    }
  }

  @Test
  void aCallThatWasCutSaysSo() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, body("{'name':'add','arguments':{'x':1")));
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_LENGTH, 1));
          call.onCompleted();
        };

    JsonNode choice = chat(",'tool_choice':'required'").at("/choices/0");

    assertThat(choice.path("finish_reason").asText()).isEqualTo("length");
    assertThat(choice.at("/message/tool_calls/0/function/arguments").asText())
        .isEqualTo(body("{'x':1"));
  }

  @Test
  void noneHidesTheTools() {
    FakeGenerator.script = FakeGenerator.say(CALL);

    JsonNode choice = chat(",'tool_choice':'none'").at("/choices/0");

    assertThat(FakeTokenizer.lastChat.getToolsCount()).isZero();
    assertThat(choice.at("/message/content").asText()).isEqualTo(CALL);
  }

  @Test
  void marksThatAreSpecialTokensAreAskedFor() {
    FakeTokenizer.toolCallForm = ToolCallForm.TOOL_CALL_FORM_LLAMA;
    FakeTokenizer.toolCallMarksSpecial = true;
    FakeGenerator.script =
        FakeGenerator.say("<|python_tag|>", body("{'name':'add','parameters':{}}"));

    JsonNode choice = chat("").at("/choices/0");

    assertThat(Fakes.generated().getOutput().getIncludeSpecialTokens()).isTrue();
    assertThat(choice.at("/message/tool_calls/0/function/name").asText()).isEqualTo("add");
  }

  @Test
  void oneCallWhereParallelOnesAreNotWanted() {
    FakeGenerator.script = FakeGenerator.say(CALL, CALL);

    assertThat(chat(",'parallel_tool_calls':false").at("/choices/0/message/tool_calls")).hasSize(1);
  }

  private JsonNode chat(String more) {
    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'smol'," + HELLO + "," + TOOLS + more + "}"));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Http.json(response.body());
  }

  private List<JsonNode> streamed(String more) {
    HttpResponse<String> response =
        Http.post(
            base, ROUTE, body("{'model':'smol','stream':true," + HELLO + "," + TOOLS + more + "}"));
    return Http.events(response.body()).stream()
        .filter(event -> !event.equals("[DONE]"))
        .map(event -> Http.json(event).at("/choices/0"))
        .toList();
  }
}
