package io.weft.gateway.grpc;

import static io.weft.gateway.grpc.Channels.failure;
import static org.assertj.core.api.Assertions.assertThat;

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
import io.weft.proto.generator.v1.Constraint;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.OutputOptions;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.StopConditions;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chat and Complete. */
@QuarkusTest
class GenerationTest extends GrpcTest {
  private InferenceServiceBlockingStub stub;

  @BeforeEach
  void makeStub() {
    stub = InferenceServiceGrpc.newBlockingStub(channel);
  }

  @Test
  void streamsAnAnswer() {
    List<ChatResponse> pieces = all(stub.chat(chat("smol").build()));

    assertThat(pieces).extracting(ChatResponse::getText).containsExactly("Hello", " there", "");
    ChatResponse last = pieces.getLast();
    assertThat(last.getFinishReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
    assertThat(last.getUsage().getPromptTokens()).isEqualTo(3);
    assertThat(last.getUsage().getCachedTokens()).isEqualTo(1);
    assertThat(last.getUsage().getCompletionTokens()).isEqualTo(2);
    assertThat(last.getUsage().getTimeToFirstTokenNs()).isPositive();
    assertThat(pieces.getFirst().hasUsage()).isFalse();
    assertThat(FakeTokenizer.lastChat.getMessagesList())
        .extracting(message -> message.getRole() + ":" + message.getContent())
        .containsExactly("system:be brief", "user:hi");
  }

  @Test
  void keepsTheTextsOfSeveralAnswersApart() {
    List<ChatResponse> pieces = all(stub.chat(chat("smol").setN(2).build()));

    assertThat(
            pieces.stream()
                .collect(
                    Collectors.groupingBy(
                        ChatResponse::getIndex,
                        Collectors.mapping(ChatResponse::getText, Collectors.joining()))))
        .containsOnlyKeys(0, 1)
        .containsEntry(0, "Hello there")
        .containsEntry(1, "Hello there");
  }

  @Test
  void continuesAText() {
    List<CompleteResponse> pieces =
        all(
            stub.complete(
                CompleteRequest.newBuilder().setModel("smol").setPrompt("once upon").build()));

    assertThat(pieces).extracting(CompleteResponse::getText).containsExactly("Hello", " there", "");
    assertThat(pieces.getLast().getUsage().getPromptTokens()).isEqualTo(2);
    assertThat(Fakes.generated().getPromptIdsList()).containsExactly(4, 4);
  }

  @Test
  void handsOnAllOptions() {
    Sampling sampling =
        Sampling.newBuilder()
            .setTemperature(0.5f)
            .setTopK(40)
            .setTopP(0.9f)
            .setMinP(0.05f)
            .setTypicalP(0.8f)
            .setRepetitionPenalty(1.1f)
            .setPresencePenalty(-1)
            .setFrequencyPenalty(1)
            .setNoRepeatNgramSize(3)
            .putLogitBias(7, -100)
            .setSeed(42)
            .setBestOf(3)
            .build();
    StopConditions stop =
        StopConditions.newBuilder()
            .setMaxTokens(9)
            .setMinTokens(2)
            .addStop("end")
            .addStopTokenIds(5)
            .setIncludeStopText(true)
            .setIgnoreEos(true)
            .build();
    OutputOptions output =
        OutputOptions.newBuilder().setTopLogprobs(2).setIncludeSpecialTokens(true).build();
    Constraint constraint = Constraint.newBuilder().setRegex("[a-z]+").build();

    all(
        stub.chat(
            chat("smol")
                .setN(2)
                .setSampling(sampling)
                .setStop(stop)
                .setOutput(output)
                .setConstraint(constraint)
                .build()));

    GenerateRequest request = Fakes.generated();
    assertThat(request.getN()).isEqualTo(2);
    assertThat(request.getSampling()).isEqualTo(sampling);
    assertThat(request.getStop()).isEqualTo(stop);
    assertThat(request.getOutput()).isEqualTo(output);
    assertThat(request.getConstraint()).isEqualTo(constraint);
    assertThat(request.getVocabularyHash()).isEqualTo(FakeTokenizer.HASH);
  }

  /** As over REST: the checkpoint's own settings. The generator takes no sampling for greedy. */
  @Test
  void withoutSamplingTheModelsOwnSettingsHold() {
    all(stub.chat(chat("smol").build()));

    assertThat(Fakes.generated().hasSampling()).isTrue();
    assertThat(Fakes.generated().getSampling()).isEqualTo(Sampling.getDefaultInstance());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          temperature | 2.1 | sampling.temperature is 2.1, it must be between 0 and 2
          temperature | NaN | sampling.temperature is NaN
          top_k | -1 | sampling.top_k is -1, it must be at least 0
          top_p | 0 | sampling.top_p is 0.0, it must be above 0 and at most 1
          min_p | 1.5 | sampling.min_p is 1.5
          typical_p | 0 | sampling.typical_p is 0.0
          repetition_penalty | 11 | sampling.repetition_penalty is 11.0
          presence_penalty | -3 | sampling.presence_penalty is -3.0
          frequency_penalty | 3 | sampling.frequency_penalty is 3.0
          no_repeat_ngram_size | 65 | sampling.no_repeat_ngram_size is 65, it must be between 0 and 64
          best_of | 17 | sampling.best_of is 17, it must be between 1 and 16
          """)
  void refusesSamplingOutOfRange(String field, String value, String message) {
    var descriptor = Sampling.getDescriptor().findFieldByName(field);
    Object typed =
        descriptor.getJavaType() == com.google.protobuf.Descriptors.FieldDescriptor.JavaType.INT
            ? (Object) Integer.valueOf(value)
            : Float.valueOf(value);
    Sampling sampling = Sampling.newBuilder().setField(descriptor, typed).build();

    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> all(stub.chat(chat("smol").setSampling(sampling).build())),
        message);
    assertThat(FakeGenerator.REQUESTS).isEmpty();
  }

  @Test
  void refusesWhatItCannotServe() {
    invalid(chat("smol").setN(17), "n is 17, it must be between 1 and 16");
    invalid(chat("smol").clearMessages(), "messages has 0 entries");
    invalid(chat(""), "model has 0 characters");
    invalid(
        chat("smol").addMessages(ChatMessage.newBuilder().setRole("robot")),
        "messages[2].role must be one of");
    invalid(
        chat("smol").setStop(StopConditions.newBuilder().setMaxTokens(-1)),
        "stop.max_tokens is -1");
    invalid(
        chat("smol").setStop(StopConditions.newBuilder().setMaxTokens(65)),
        "stop.max_tokens is 65 > 64, the model's context");
    invalid(
        chat("smol").setStop(StopConditions.newBuilder().setMaxTokens(2).setMinTokens(3)),
        "stop.min_tokens is 3, it must be between 0 and 2");
    invalid(
        chat("smol").setStop(StopConditions.newBuilder().addStop("")), "stop.stop[0] has 0 bytes");
    invalid(
        chat("smol").setOutput(OutputOptions.newBuilder().setTopLogprobs(21)),
        "output.top_logprobs is 21");
    invalid(
        chat("smol").setConstraint(Constraint.newBuilder().setRegex("")),
        "constraint.regex has 0 bytes");
    assertThat(FakeGenerator.REQUESTS).isEmpty();
  }

  @Test
  void saysWhatIsWrongWithTheModel() {
    failure(
        Status.Code.NOT_FOUND,
        () -> all(stub.chat(chat("nobody").build())),
        "model 'nobody' is not loaded; loaded: smol, t5");
    WeftException lacks =
        failure(
            Status.Code.FAILED_PRECONDITION,
            () -> all(stub.chat(chat("minilm").build())),
            "model 'minilm' cannot generate");
    assertThat(lacks.reason()).isEqualTo("MODEL_LACKS_TASK");
    failure(
        Status.Code.FAILED_PRECONDITION,
        () -> all(stub.chat(chat("t5").build())),
        "has no chat template");
  }

  @Test
  void endsAStreamThatFailsMidway() {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, "Hel"));
          throw new WeftException.Unavailable("STOPPING", "the generator is stopping", null);
        };
    Iterator<ChatResponse> pieces = stub.chat(chat("smol").build());

    assertThat(pieces.next().getText()).isEqualTo("Hel");
    WeftException failure = failure(Status.Code.UNAVAILABLE, pieces::next, "is stopping");
    assertThat(failure.reason()).isEqualTo("STOPPING");
  }

  private void invalid(ChatRequest.Builder request, String message) {
    failure(Status.Code.INVALID_ARGUMENT, () -> all(stub.chat(request.build())), message);
  }

  static ChatRequest.Builder chat(String model) {
    return ChatRequest.newBuilder()
        .setModel(model)
        .addMessages(ChatMessage.newBuilder().setRole("developer").setContent("be brief"))
        .addMessages(ChatMessage.newBuilder().setRole("user").setContent("hi"));
  }

  private static <T> List<T> all(Iterator<T> answers) {
    List<T> all = new ArrayList<>();
    answers.forEachRemaining(all::add);
    return all;
  }
}
