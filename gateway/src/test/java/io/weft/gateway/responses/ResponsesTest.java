package io.weft.gateway.responses;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.FakeTokenizer;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.Delta;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.LogprobEntry;
import io.weft.proto.generator.v1.TokenLogprob;
import io.weft.proto.tokenizer.v1.ToolCallForm;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.UnaryCall;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Responses: what goes to the services, the whole shape, and every event of a stream. */
@QuarkusTest
class ResponsesTest {
  private static final String ROUTE = "/v1/responses";
  private static final String TOOLS =
      "'tools':[{'type':'function','name':'add','parameters':{'type':'object'},'strict':true}]";
  private static final String CALL =
      body("<tool_call>{'name':'add','arguments':{'x':1}}</tool_call>");

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void answersWhole() {
    JsonNode response =
        respond(
            "'input':'say hello','instructions':'Be brief.','temperature':0.5,"
                + "'max_output_tokens':9,'metadata':{'a':'b'},'store':true,'user':'u'");

    assertThat(normalized(response.toString()))
        .isEqualTo(
            body(
                """
                {'id':'resp_ID','object':'response','created_at':0,'status':'completed',\
                'error':null,'incomplete_details':null,'instructions':'Be brief.',\
                'max_output_tokens':9,'model':'smol','output':[{'id':'msg_ID','type':'message',\
                'status':'completed','role':'assistant','content':[{'type':'output_text',\
                'text':'Hello there','annotations':[],'logprobs':[]}]}],\
                'parallel_tool_calls':true,'previous_response_id':null,'store':false,\
                'temperature':0.5,'text':{'format':{'type':'text'}},'tool_choice':'auto',\
                'tools':[],'top_p':null,'truncation':'disabled','usage':{'input_tokens':4,\
                'input_tokens_details':{'cached_tokens':1},'output_tokens':2,\
                'output_tokens_details':{'reasoning_tokens':0},'total_tokens':6},\
                'metadata':{'a':'b'}}"""));
    GenerateRequest generated = Fakes.generated();
    assertThat(generated.getStop().getMaxTokens()).isEqualTo(9);
    assertThat(generated.getSampling().getTemperature()).isEqualTo(0.5f);
    assertThat(FakeTokenizer.lastChat.getMessagesList().stream().map(m -> m.getRole()))
        .containsExactly("system", "user");
  }

  @Test
  void streamsAsOpenAiDoes() {
    FakeGenerator.script = FakeGenerator.say("Hello", " there");

    HttpResponse<String> response =
        Http.post(base, ROUTE, body("{'model':'smol','stream':true,'input':'say hello'}"));

    assertThat(response.headers().firstValue("Content-Type"))
        .hasValue("text/event-stream; charset=utf-8");
    List<JsonNode> events = events(response.body());
    assertThat(events.stream().map(event -> event.path("type").asText()))
        .containsExactly(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed");
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i).path("sequence_number").asInt()).isEqualTo(i);
    }
    assertThat(events.get(0).at("/response/status").asText()).isEqualTo("in_progress");
    assertThat(events.get(0).at("/response/usage").isNull()).isTrue();
    assertThat(events.get(2).at("/item/content")).isEmpty();
    assertThat(events.get(2).at("/item/status").asText()).isEqualTo("in_progress");
    assertThat(normalized(events.get(4).toString()))
        .isEqualTo(
            body(
                """
                {'type':'response.output_text.delta','sequence_number':4,'item_id':'msg_ID',\
                'output_index':0,'content_index':0,'delta':'Hello','logprobs':[]}"""));
    assertThat(events.get(6).path("text").asText()).isEqualTo("Hello there");
    assertThat(events.get(7).at("/part/text").asText()).isEqualTo("Hello there");
    JsonNode completed = events.getLast().path("response");
    assertThat(completed.at("/output/0")).isEqualTo(events.get(8).path("item"));
    assertThat(completed.path("id")).isEqualTo(events.get(0).at("/response/id"));
    assertThat(completed.at("/usage/total_tokens").asInt()).isEqualTo(4);
  }

  @Test
  void takesItemsAndTools() {
    respond(
        """
        'input':[
          {'role':'developer','content':'one'},
          {'type':'message','role':'user','content':[{'type':'input_text','text':'two'}]},
          {'type':'message','id':'msg_1','status':'completed','role':'assistant',
            'content':[{'type':'output_text','text':'three','annotations':[]}]},
          {'type':'function_call','id':'fc_1','call_id':'call_1','name':'add',
            'arguments':'{\\'x\\':1}','status':'completed'},
          {'type':'function_call','call_id':'call_2','name':'add','arguments':'{}'},
          {'type':'function_call_output','call_id':'call_1','output':'4'}],\
        """
            + TOOLS);

    assertThat(
            FakeTokenizer.lastChat.getMessagesList().stream()
                .map(m -> m.getRole() + ":" + m.getContent()))
        .containsExactly("system:one", "user:two", "assistant:three", "tool:4");
    assertThat(
            FakeTokenizer.lastChat
                .getMessages(2)
                .getExtra()
                .getFieldsOrThrow("tool_calls")
                .getListValue()
                .getValuesCount())
        .isEqualTo(2);
    assertThat(
            FakeTokenizer.lastChat
                .getTools(0)
                .getFieldsOrThrow("function")
                .getStructValue()
                .getFieldsMap()
                .keySet())
        .containsExactly("name", "parameters", "strict");
  }

  @Test
  void callsAreItemsOfTheirOwn() {
    FakeGenerator.script = FakeGenerator.say("I add.", "\n" + CALL, CALL);

    JsonNode output = respond("'input':'say'," + TOOLS).path("output");

    assertThat(output).hasSize(3);
    assertThat(output.at("/0/content/0/text").asText()).isEqualTo("I add.");
    JsonNode call = output.get(1);
    assertThat(normalized(call.toString()))
        .isEqualTo(
            body(
                """
                {'id':'fc_ID','type':'function_call','status':'completed','call_id':'call_ID',\
                'name':'add','arguments':'{\\'x\\':1}'}"""));
    assertThat(output.get(2).path("call_id")).isNotEqualTo(call.path("call_id"));
  }

  @Test
  void forcedCallsStreamTheirArguments() {
    FakeTokenizer.toolCallForm = ToolCallForm.TOOL_CALL_FORM_LLAMA;
    FakeGenerator.script = FakeGenerator.say(body("{'name':'add','parameters':{'x'"), ":1", "}}");

    List<JsonNode> events =
        events(
            Http.post(
                    base,
                    ROUTE,
                    body(
                        "{'model':'smol','stream':true,'input':'say',"
                            + TOOLS
                            + ",'tool_choice':{'type':'function','name':'add'}}"))
                .body());

    assertThat(events.stream().map(event -> event.path("type").asText()))
        .containsExactly(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed");
    assertThat(events.get(2).at("/item/name").asText()).isEqualTo("add");
    assertThat(events.get(6).path("arguments").asText()).isEqualTo(body("{'x':1}"));
    assertThat(events.getLast().at("/response/tool_choice").toString())
        .isEqualTo(body("{'type':'function','name':'add'}"));
    assertThat(events.getLast().at("/response/tools/0/name").asText()).isEqualTo("add");
    assertThat(Fakes.generated().getConstraint().getJsonSchema()).contains("parameters");
  }

  /** The token that ends a sequence has no text, so that none comes after it. */
  @Test
  void logProbabilitiesOfTokensWithoutTextComeStreamedToo() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(scored("Hi", -0.5f));
          call.onNext(scored("", -0.25f));
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, 2));
          call.onCompleted();
        };
    String fields = "'input':'say','include':['message.output_text.logprobs']";

    JsonNode whole = respond(fields);
    List<JsonNode> events =
        events(
            Http.post(base, ROUTE, body("{'model':'smol','stream':true," + fields + "}")).body());

    JsonNode logprobs = whole.at("/output/0/content/0/logprobs");
    assertThat(logprobs).hasSize(2);
    assertThat(events.getLast().at("/response/output/0/content/0/logprobs")).isEqualTo(logprobs);
    assertThat(
            events.stream()
                .filter(event -> event.path("type").asText().equals("response.output_text.delta"))
                .flatMap(event -> event.path("logprobs").valueStream()))
        .containsExactlyElementsOf(logprobs);
  }

  private static GenerateResponse scored(String text, float logprob) {
    return GenerateResponse.newBuilder()
        .setDelta(
            Delta.newBuilder()
                .setText(text)
                .addLogprobs(
                    TokenLogprob.newBuilder()
                        .setToken(LogprobEntry.newBuilder().setLogprob(logprob))))
        .build();
  }

  @Test
  void aResponseThatWasCutIsIncomplete() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, "par"));
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_LENGTH, 1));
          call.onCompleted();
        };

    JsonNode whole = respond("'input':'say'");
    List<JsonNode> events =
        events(Http.post(base, ROUTE, body("{'model':'smol','stream':true,'input':'say'}")).body());

    assertThat(whole.path("status").asText()).isEqualTo("incomplete");
    assertThat(whole.at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
    assertThat(whole.at("/output/0/status").asText()).isEqualTo("incomplete");
    assertThat(events.getLast().path("type").asText()).isEqualTo("response.incomplete");
  }

  @Test
  void aFailureMidwayIsTheLastEvent() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, "par"));
          UnaryCall.fail(call, new WeftException.Unavailable("STOPPING", "going down", null));
        };

    List<JsonNode> events =
        events(Http.post(base, ROUTE, body("{'model':'smol','stream':true,'input':'say'}")).body());

    JsonNode last = events.getLast();
    assertThat(last.path("type").asText()).isEqualTo("response.failed");
    assertThat(last.path("sequence_number").asInt()).isEqualTo(events.size() - 1);
    assertThat(last.at("/response/status").asText()).isEqualTo("failed");
    assertThat(last.at("/response/error/code").asText()).isEqualTo("stopping");
    assertThat(last.at("/response/error/message").asText()).contains("going down");
  }

  @Test
  void theShapeOfTheTextGoesToTheGenerator() {
    JsonNode response =
        respond(
            "'input':'say','text':{'format':{'type':'json_schema','name':'n','strict':true,"
                + "'schema':{'type':'object','required':['b','a']}},'verbosity':'low'}");

    assertThat(Fakes.generated().getConstraint().getJsonSchema())
        .isEqualTo(body("{'type':'object','required':['b','a']}"));
    assertThat(response.at("/text/format/name").asText()).isEqualTo("n");
    FakeGenerator.REQUESTS.clear();
    respond("'input':'say','text':{'format':{'type':'json_object'}}");
    assertThat(Fakes.generated().getConstraint().hasJsonObject()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'x':1 | input | missing_required_parameter | input is required",
        "'input':7 | input | invalid_type | input must be a string or a list of items, not a number",
        "'input':[] | input | out_of_range | input has 0 entries, at least 1 is needed",
        "'input':[{'type':'S'}] | input[0].type | unsupported_parameter | input[0].type is 'S', only message, function_call and function_call_output are supported",
        "'input':[{'role':'user'}] | input[0].content | missing_required_parameter | input[0].content is required",
        "'input':[{'role':'S','content':'S'}] | input[0].role | invalid_value | input[0].role must be one of: system, developer, user, assistant",
        "'input':[{'role':'user','content':[{'type':'input_image'}]}] | input[0].content[0].type | unsupported_parameter | input[0].content[0].type is 'input_image', only input_text and output_text are supported",
        "'input':[{'type':'function_call','call_id':'S','name':'f','arguments':'['}] | input[0].arguments | invalid_value | input[0].arguments is not valid JSON, or says a key twice",
        "'input':[{'type':'function_call_output','output':'S'}] | input[0].call_id | missing_required_parameter | input[0].call_id is required",
        "'input':'S','previous_response_id':'resp_1' | previous_response_id | unsupported_parameter | previous_response_id is not supported",
        "'input':'S','conversation':{'id':'S'} | conversation | unsupported_parameter | conversation is not supported",
        "'input':'S','background':true | background | unsupported_parameter | background is not supported",
        "'input':'S','prompt':{'id':'S'} | prompt | unsupported_parameter | prompt is not supported",
        "'input':'S','truncation':'auto' | truncation | unsupported_parameter | truncation is supported only as: disabled",
        "'input':'S','max_output_tokens':0 | max_output_tokens | out_of_range | max_output_tokens is 0, it must be at least 1",
        "'input':'S','max_output_tokens':1,'max_tokens':1 | max_output_tokens | invalid_value | max_tokens and max_output_tokens exclude each other",
        "'input':'S','n':2 | n | out_of_range | n is 2, it must be between 1 and 1",
        "'input':'S','text':'S' | text | invalid_type | text must be an object, not a string",
        "'input':'S','text':{'format':{'type':'S'}} | text.format.type | unsupported_parameter | text.format.type is supported only as: text, json_object, json_schema",
        "'input':'S','text':{'format':{'type':'json_schema'}} | text.format.schema | missing_required_parameter | text.format.schema is required",
        "'input':'S','text':{'format':{'type':'json_object'}},'guided_json':{} | guided_json | invalid_value | guided_json and text.format exclude each other",
        "'input':'S','text':{'format':{'type':'json_object'}},'tools':[{'type':'function','name':'f'}] | text.format | invalid_value | text.format and tools exclude each other unless tool_choice is 'none'",
        "'input':'S','tools':[{'type':'web_search'}] | tools[0].type | unsupported_parameter | tools[0].type is 'web_search', only 'function' is supported",
        "'input':'S','metadata':{'a':7} | metadata.a | invalid_type | metadata.a must be a string, not a number",
        "'input':'S','instructions':7 | instructions | invalid_type | instructions must be a string, not a number",
      })
  void refuses(String fields, String param, String code, String message) {
    HttpResponse<String> response = Http.post(base, ROUTE, body("{'model':'smol'," + fields + "}"));

    JsonNode error = Http.json(response.body()).path("error");
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(error.path("param").asText()).isEqualTo(param);
    assertThat(error.path("code").asText()).isEqualTo(code);
    assertThat(error.path("message").asText()).isEqualTo(message);
  }

  private JsonNode respond(String fields) {
    HttpResponse<String> response = Http.post(base, ROUTE, body("{'model':'smol'," + fields + "}"));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Http.json(response.body());
  }

  /** The data of each event, whose name is its type. */
  private static List<JsonNode> events(String stream) {
    assertThat(stream).endsWith("\n\n").doesNotContain("[DONE]");
    List<JsonNode> events = new ArrayList<>();
    for (String event : stream.split("\n\n")) {
      String[] lines = event.split("\n");
      assertThat(lines).hasSize(2);
      assertThat(lines[1]).startsWith("data: ");
      JsonNode data = Http.json(lines[1].substring("data: ".length()));
      assertThat(lines[0]).isEqualTo("event: " + data.path("type").asText());
      events.add(data);
    }
    return events;
  }

  private static String normalized(String json) {
    return json.replaceAll("\"(resp|msg|fc)_[0-9a-f]{32}\"", "\"$1_ID\"")
        .replaceAll("\"call_[0-9a-f]{24}\"", "\"call_ID\"")
        .replaceFirst("\"created_at\":1[0-9]{9},", "\"created_at\":0,");
  }
}
