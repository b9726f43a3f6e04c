package io.weft.gateway.grpc;

import static io.weft.gateway.grpc.Channels.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.Status;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.FakeTokenizer;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.gateway.v1.ChatMessage;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.ChatResponse;
import io.weft.proto.gateway.v1.CompleteRequest;
import io.weft.proto.gateway.v1.CompleteResponse;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import io.weft.proto.gateway.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import io.weft.proto.gateway.v1.ToolCall;
import io.weft.proto.gateway.v1.ToolChoice;
import io.weft.proto.gateway.v1.ToolChoiceMode;
import io.weft.proto.generator.v1.Accepted;
import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.Constraint;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.LogprobEntry;
import io.weft.proto.generator.v1.OutputOptions;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.TokenLogprob;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tools, variables of the template and the prompt's log probabilities. */
@QuarkusTest
class ToolsTest extends GrpcTest {
  private static final String CALL =
      "<tool_call>{\"name\": \"add\", \"arguments\": {\"x\": 1}}</tool_call>";

  private InferenceServiceBlockingStub stub;

  @BeforeEach
  void makeStub() {
    stub = InferenceServiceGrpc.newBlockingStub(channel);
  }

  @Test
  void theTemplateGetsToolsCallsAndResults() {
    all(
        chat()
            .addTools(tool("add"))
            .addMessages(
                ChatMessage.newBuilder()
                    .setRole("assistant")
                    .addToolCalls(
                        ToolCall.newBuilder()
                            .setId("call_1")
                            .setName("add")
                            .setArguments("{\"x\": 5}")))
            .addMessages(
                ChatMessage.newBuilder().setRole("tool").setContent("6").setToolCallId("call_1")));

    assertThat(FakeTokenizer.lastChat.getToolsList()).containsExactly(tool("add"));
    Struct call =
        FakeTokenizer.lastChat
            .getMessages(1)
            .getExtra()
            .getFieldsOrThrow("tool_calls")
            .getListValue()
            .getValues(0)
            .getStructValue();
    assertThat(call.getFieldsOrThrow("id").getStringValue()).isEqualTo("call_1");
    assertThat(
            call.getFieldsOrThrow("function")
                .getStructValue()
                .getFieldsOrThrow("arguments")
                .getStructValue()
                .getFieldsOrThrow("x")
                .getNumberValue())
        .isEqualTo(5);
    assertThat(
            FakeTokenizer.lastChat
                .getMessages(2)
                .getExtra()
                .getFieldsOrThrow("tool_call_id")
                .getStringValue())
        .isEqualTo("call_1");
  }

  @Test
  void callsComeBackToldFromText() {
    FakeGenerator.script =
        FakeGenerator.say("I ", "add.\n<tool_", CALL.substring(6), "\n" + CALL, " end");

    List<ChatResponse> pieces = all(chat().setN(2).addTools(tool("add")));

    for (int i = 0; i < 2; i++) {
      int index = i;
      List<ChatResponse> own = pieces.stream().filter(piece -> piece.getIndex() == index).toList();
      assertThat(own.stream().map(ChatResponse::getText).collect(Collectors.joining()))
          .isEqualTo("I add. end");
      List<ToolCall> calls =
          own.stream().flatMap(piece -> piece.getToolCallsList().stream()).toList();
      assertThat(calls)
          .extracting(ToolCall::getIndex, ToolCall::getName, ToolCall::getArguments)
          .containsExactly(
              tuple(0, "add", ""),
              tuple(0, "", "{\"x\": 1}"),
              tuple(1, "add", ""),
              tuple(1, "", "{\"x\": 1}"));
      assertThat(calls.getFirst().getId()).matches("call_[0-9a-f]{24}");
      assertThat(own.getLast().getFinishReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
    }
  }

  @Test
  void forcedCallsComeAsTheyAreWritten() {
    FakeGenerator.script =
        FakeGenerator.say("{\"name\":\"add\",", "\"arguments\":{\"x\"", ":5", "}}");

    List<ChatResponse> pieces =
        all(
            chat()
                .addTools(tool("add"))
                .addTools(tool("sub"))
                .setToolChoice(ToolChoice.newBuilder().setFunction("add")));

    assertThat(FakeTokenizer.lastChat.getBeginToolCall()).isTrue();
    assertThat(Fakes.generated().getConstraint().getJsonSchema()).contains("add");
    assertThat(Fakes.generated().getConstraint().getJsonSchema()).doesNotContain("sub");
    assertThat(pieces)
        .extracting(
            piece ->
                piece.getToolCallsList().stream()
                    .map(call -> call.getName() + call.getArguments())
                    .toList())
        .containsExactly(List.of("add", "{\"x\""), List.of(":5"), List.of("}"), List.of());
    assertThat(pieces).allMatch(piece -> piece.getText().isEmpty());
  }

  @Test
  void noneAndOneCall() {
    FakeGenerator.script = FakeGenerator.say(CALL, CALL);
    all(
        chat()
            .addTools(tool("add"))
            .setToolChoice(ToolChoice.newBuilder().setMode(ToolChoiceMode.TOOL_CHOICE_MODE_NONE)));
    assertThat(FakeTokenizer.lastChat.getToolsCount()).isZero();

    List<ChatResponse> one = all(chat().addTools(tool("add")).setParallelToolCalls(false));
    assertThat(
            one.stream()
                .flatMap(piece -> piece.getToolCallsList().stream())
                .filter(call -> !call.getName().isEmpty()))
        .hasSize(1);
  }

  @Test
  void refusesWhatMakesNoSense() {
    invalid(
        chat().addTools(tool("no spaces")), "tools[0].function.name must have 1 to 64 characters");
    invalid(chat().addTools(Struct.getDefaultInstance()), "tools[0].type is required");
    invalid(
        chat().addTools(tool("add")).addTools(tool("add")),
        "tools[1] has the name of a tool before it");
    invalid(
        chat()
            .setToolChoice(
                ToolChoice.newBuilder().setMode(ToolChoiceMode.TOOL_CHOICE_MODE_REQUIRED)),
        "tool_choice needs tools");
    invalid(
        chat().addTools(tool("add")).setToolChoice(ToolChoice.newBuilder().setFunction("sub")),
        "tool_choice names a function that is not among tools");
    invalid(
        chat().addTools(tool("add")).setConstraint(Constraint.newBuilder().setRegex("a")),
        "constraint and tools exclude each other unless tool_choice is 'none'");
    invalid(
        chat().addMessages(ChatMessage.newBuilder().setRole("tool").setContent("6")),
        "messages[1].tool_call_id is required");
    invalid(
        chat()
            .addMessages(
                ChatMessage.newBuilder()
                    .setRole("user")
                    .addToolCalls(ToolCall.newBuilder().setId("a").setName("b"))),
        "messages[1].tool_calls: only an assistant makes calls");
    invalid(
        chat()
            .addMessages(
                ChatMessage.newBuilder()
                    .setRole("assistant")
                    .addToolCalls(
                        ToolCall.newBuilder().setId("a").setName("b").setArguments("[]"))),
        "messages[1].tool_calls[0].arguments must be a JSON object");
    invalid(chat().addTools(deep()), "tools[0] nests deeper than 24");
    invalid(
        chat().addTools(Struct.newBuilder().putFields("x", text("a".repeat(70_000)))),
        "tools[0] has 70,008 bytes > 65,536");
    assertThat(FakeGenerator.REQUESTS).isEmpty();
  }

  @Test
  void variablesReachTheTemplate() {
    Struct options = Struct.newBuilder().putFields("enable_thinking", flag(false)).build();
    all(chat().setTemplateOptions(options));
    assertThat(FakeTokenizer.lastChat.getTemplateOptions()).isEqualTo(options);

    invalid(
        chat().setTemplateOptions(Struct.newBuilder().putFields("messages", text("mine"))),
        "template_options has messages, which is set by the service");
    invalid(
        chat()
            .setTemplateOptions(
                Struct.newBuilder()
                    .putFields("x", Value.newBuilder().setNumberValue(Double.NaN).build())),
        "template_options has a number that JSON does not have");
  }

  @Test
  void thePromptsLogprobsComeFirst() {
    TokenLogprob first =
        TokenLogprob.newBuilder()
            .setToken(LogprobEntry.newBuilder().setId(3).setBytes(bytes("hi")))
            .build();
    TokenLogprob second =
        TokenLogprob.newBuilder()
            .setToken(LogprobEntry.newBuilder().setId(4).setBytes(bytes("ho")).setLogprob(-1.5f))
            .addTop(LogprobEntry.newBuilder().setId(5).setBytes(bytes("ha")).setLogprob(-0.5f))
            .build();
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(
              GenerateResponse.newBuilder()
                  .setAccepted(
                      Accepted.newBuilder()
                          .setPromptTokens(2)
                          .addPromptLogprobs(first)
                          .addPromptLogprobs(second))
                  .build());
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, 0));
          call.onCompleted();
        };
    OutputOptions output =
        OutputOptions.newBuilder().setPromptLogprobs(true).setTopLogprobs(1).build();

    List<ChatResponse> pieces = all(chat().setOutput(output));
    assertThat(Fakes.generated().getOutput()).isEqualTo(output);
    assertThat(pieces).hasSize(2);
    assertThat(pieces.getFirst().getPromptLogprobsList())
        .extracting(logprob -> logprob.getToken().getBytes().toStringUtf8())
        .containsExactly("hi", "ho");
    assertThat(pieces.getFirst().getPromptLogprobs(1).getToken().getLogprob()).isEqualTo(-1.5f);
    assertThat(pieces.getFirst().getPromptLogprobs(1).getTop(0).getBytes().toStringUtf8())
        .isEqualTo("ha");
    assertThat(pieces.getLast().getPromptLogprobsCount()).isZero();

    List<CompleteResponse> completion = new ArrayList<>();
    stub.complete(
            CompleteRequest.newBuilder()
                .setModel("smol")
                .setPrompt("hi ho")
                .setOutput(output)
                .build())
        .forEachRemaining(completion::add);
    assertThat(completion.getFirst().getPromptLogprobsCount()).isEqualTo(2);

    invalid(
        chat()
            .setOutput(output)
            .setSampling(
                Sampling.newBuilder().setBeamSearch(BeamSearch.newBuilder().setNumBeams(2))),
        "output.prompt_logprobs and sampling.beam_search exclude each other");
  }

  private void invalid(ChatRequest.Builder request, String message) {
    failure(Status.Code.INVALID_ARGUMENT, () -> all(request), message);
  }

  private List<ChatResponse> all(ChatRequest.Builder request) {
    Iterator<ChatResponse> answers = stub.chat(request.build());
    List<ChatResponse> all = new ArrayList<>();
    answers.forEachRemaining(all::add);
    return all;
  }

  private static ChatRequest.Builder chat() {
    return ChatRequest.newBuilder()
        .setModel("smol")
        .addMessages(ChatMessage.newBuilder().setRole("user").setContent("hi"));
  }

  private static Struct tool(String name) {
    Value lengths =
        Value.newBuilder()
            .setListValue(ListValue.newBuilder().addValues(Value.newBuilder().setNumberValue(3)))
            .build();
    return Struct.newBuilder()
        .putFields("type", text("function"))
        .putFields(
            "function",
            Value.newBuilder()
                .setStructValue(
                    Struct.newBuilder()
                        .putFields("name", text(name))
                        .putFields(
                            "parameters",
                            Value.newBuilder()
                                .setStructValue(
                                    Struct.newBuilder()
                                        .putFields("type", text("object"))
                                        .putFields("required", lengths))
                                .build()))
                .build())
        .build();
  }

  private static Struct deep() {
    Struct struct = Struct.getDefaultInstance();
    // Protobuf itself reads some 33 such levels.
    for (int i = 0; i < 30; i++) {
      struct =
          Struct.newBuilder()
              .putFields("x", Value.newBuilder().setStructValue(struct).build())
              .build();
    }
    return struct;
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value flag(boolean value) {
    return Value.newBuilder().setBoolValue(value).build();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
