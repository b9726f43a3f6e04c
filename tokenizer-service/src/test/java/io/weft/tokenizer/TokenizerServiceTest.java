package io.weft.tokenizer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.proto.common.v1.OffsetUnit;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.tokenizer.v1.ChatMessage;
import io.weft.proto.tokenizer.v1.DecodeRequest;
import io.weft.proto.tokenizer.v1.DecodeStreamRequest;
import io.weft.proto.tokenizer.v1.DecodeStreamResponse;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import io.weft.proto.tokenizer.v1.EncodeChatResponse;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.EncodeResponse;
import io.weft.proto.tokenizer.v1.Encoding;
import io.weft.proto.tokenizer.v1.GetVocabularyRequest;
import io.weft.proto.tokenizer.v1.GetVocabularyResponse;
import io.weft.proto.tokenizer.v1.ListModelsRequest;
import io.weft.proto.tokenizer.v1.TextInput;
import io.weft.proto.tokenizer.v1.TokenSequence;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import io.weft.proto.tokenizer.v1.Truncation;
import io.weft.proto.tokenizer.v1.TruncationStrategy;
import io.weft.proto.tokenizer.v1.VocabularyEntry;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole service over real gRPC. */
@QuarkusTest
@QuarkusTestResource(ModelsResource.class)
class TokenizerServiceTest {
  private ManagedChannel channel;
  private TokenizerServiceGrpc.TokenizerServiceBlockingStub tokenizer;

  @BeforeEach
  void connect() {
    int port = ConfigProvider.getConfig().getValue("quarkus.grpc.server.port", Integer.class);
    channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .build();
    tokenizer =
        TokenizerServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  @AfterEach
  void disconnect() throws InterruptedException {
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
  }

  @Test
  void encodesTextsAndPairs() {
    EncodeResponse response =
        tokenizer.encode(
            EncodeRequest.newBuilder()
                .setModel("encoder")
                .addInputs(TextInput.newBuilder().setText("the 😀 dog"))
                .addInputs(TextInput.newBuilder().setText("the").setPair("dog"))
                .setReturnOffsets(true)
                .setReturnTokens(true)
                .setReturnWordIds(true)
                .build());

    Encoding single = response.getResults(0).getEncoding();
    assertThat(single.getTokensList()).containsExactly("[CLS]", "the", "😀", "dog", "[SEP]");
    assertThat(single.getSpecialTokensMaskList()).containsExactly(1, 0, 0, 0, 1);
    assertThat(single.getWordIdsList()).containsExactly(-1, 0, 1, 2, -1);
    assertThat(single.getOffsetsList())
        .containsExactly(span(0, 0), span(0, 3), span(4, 5), span(6, 9), span(0, 0));
    assertThat(single.getTokenCount()).isEqualTo(5);
    Encoding pair = response.getResults(1).getEncoding();
    assertThat(pair.getTokensList()).containsExactly("[CLS]", "the", "[SEP]", "dog", "[SEP]");
    assertThat(pair.getTypeIdsList()).containsExactly(0, 0, 0, 1, 1);
  }

  @Test
  void leavesOutWhatIsNotAskedFor() {
    Encoding encoding =
        encode(
            EncodeRequest.newBuilder()
                .addInputs(TextInput.newBuilder().setText("the dog"))
                .setAddSpecialTokens(false));
    assertThat(encoding.getIdsCount()).isEqualTo(2);
    assertThat(encoding.getOffsetsCount()).isZero();
    assertThat(encoding.getTokensCount()).isZero();
    assertThat(encoding.getWordIdsCount()).isZero();

    Encoding count =
        encode(
            EncodeRequest.newBuilder()
                .addInputs(TextInput.newBuilder().setText("the dog"))
                .setReturnOffsets(true)
                .setReturnTokens(true)
                .setCountOnly(true));
    assertThat(count).isEqualTo(Encoding.newBuilder().setTokenCount(4).build());
  }

  @Test
  void countsOffsetsInUtf16() {
    Encoding encoding =
        encode(
            EncodeRequest.newBuilder()
                .addInputs(TextInput.newBuilder().setText("😀 dog"))
                .setReturnOffsets(true)
                .setOffsetUnit(OffsetUnit.OFFSET_UNIT_UTF16));
    assertThat(encoding.getOffsetsList())
        .containsExactly(span(0, 0), span(0, 2), span(3, 6), span(0, 0));
  }

  @Test
  void cutsAndReturnsTheOverflow() {
    Encoding encoding =
        encode(
            EncodeRequest.newBuilder()
                .addInputs(TextInput.newBuilder().setText("the ".repeat(10)))
                .setTruncation(
                    Truncation.newBuilder()
                        .setStrategy(TruncationStrategy.TRUNCATION_STRATEGY_LONGEST_FIRST)
                        .setMaxTokens(6)
                        .setStride(1)
                        .setReturnOverflow(true)));
    assertThat(encoding.getTokenCount()).isEqualTo(6);
    assertThat(encoding.getTruncatedTokens()).isEqualTo(6);
    assertThat(encoding.getOverflowList())
        .extracting(Encoding::getTokenCount)
        .containsExactly(6, 6);
  }

  @Test
  void aBadItemFailsAlone() {
    EncodeResponse response =
        tokenizer.encode(
            EncodeRequest.newBuilder()
                .setModel("encoder")
                .addInputs(TextInput.newBuilder().setText("x".repeat((1 << 20) + 1)))
                .addInputs(TextInput.newBuilder().setText("the ".repeat(300)))
                .addInputs(TextInput.newBuilder().setText("the"))
                .setTruncation(Truncation.getDefaultInstance())
                .build());

    assertThat(response.getResults(0).getError().getCode()).isEqualTo(3);
    assertThat(response.getResults(0).getError().getReason()).isEqualTo("TEXT_TOO_LONG");
    assertThat(response.getResults(0).getError().getMessage())
        .isEqualTo("1,048,577 bytes > 1,048,576");
    assertThat(response.getResults(1).getError().getReason()).isEqualTo("CONTEXT_LENGTH_EXCEEDED");
    assertThat(response.getResults(1).getError().getMessage()).isEqualTo("302 tokens > 256");
    assertThat(response.getResults(2).getEncoding().getTokenCount()).isEqualTo(3);
  }

  @Test
  void refusesRequestsOutOfRange() {
    assertFails(
        () -> tokenizer.encode(EncodeRequest.newBuilder().setModel("encoder").build()),
        Status.Code.INVALID_ARGUMENT,
        "BATCH_OUT_OF_RANGE",
        "0 inputs, there must be 1 to 10,000");
    assertFails(
        () ->
            tokenizer.encode(
                EncodeRequest.newBuilder()
                    .setModel("encoder")
                    .addAllInputs(Collections.nCopies(10_001, TextInput.getDefaultInstance()))
                    .build()),
        Status.Code.INVALID_ARGUMENT,
        "BATCH_OUT_OF_RANGE",
        "10,001 inputs, there must be 1 to 10,000");
    assertFails(
        () -> tokenizer.encode(EncodeRequest.newBuilder().setModel("nope").build()),
        Status.Code.NOT_FOUND,
        "MODEL_NOT_FOUND",
        "model 'nope' is not loaded; loaded: chat, encoder");
    assertFails(
        () ->
            tokenizer.encode(
                EncodeRequest.newBuilder()
                    .setModel("encoder")
                    .addInputs(TextInput.getDefaultInstance())
                    .setOffsetUnitValue(99)
                    .build()),
        Status.Code.INVALID_ARGUMENT,
        "UNKNOWN_ENUM_VALUE",
        "offset_unit has a value that this version does not know");
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(
            () ->
                tokenizer.encode(
                    EncodeRequest.newBuilder()
                        .setModel("encoder")
                        .addAllInputs(
                            Collections.nCopies(
                                33, TextInput.newBuilder().setText("x".repeat(1 << 20)).build()))
                        .build()))
        .satisfies(
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED));
  }

  @Test
  void encodesTheLargestBatch() {
    EncodeResponse response =
        tokenizer.encode(
            EncodeRequest.newBuilder()
                .setModel("chat")
                .addAllInputs(
                    Collections.nCopies(
                        10_000, TextInput.newBuilder().setText("the dog ".repeat(50)).build()))
                .build());
    assertThat(response.getResultsCount()).isEqualTo(10_000);
    assertThat(response.getResultsList())
        .allSatisfy(r -> assertThat(r.getEncoding().getTokenCount()).isPositive());
  }

  @Test
  void encodesAChat() {
    Struct.Builder tool = Struct.newBuilder();
    // An order that is neither alphabetic nor that of any hash.
    for (String key : List.of("zeta", "alpha", "mid", "beta", "omega", "k1", "k0")) {
      tool.putFields(key, number(1));
    }
    tool.putFields("half", number(0.5));
    tool.putFields("none", Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build());
    tool.putFields(
        "list",
        Value.newBuilder()
            .setListValue(ListValue.newBuilder().addValues(number(1e17)).addValues(number(-2)))
            .build());
    EncodeChatResponse response =
        tokenizer.encodeChat(
            EncodeChatRequest.newBuilder()
                .setModel("chat")
                .addMessages(message("system", "S"))
                .addMessages(message("user", "Hi <|im_end|>"))
                .addTools(tool)
                .setReturnText(true)
                .build());

    assertThat(response.getText())
        .isEqualTo(
            "{\"zeta\": 1, \"alpha\": 1, \"mid\": 1, \"beta\": 1, \"omega\": 1, \"k1\": 1,"
                + " \"k0\": 1, \"half\": 0.5, \"none\": null, \"list\": [1e+17, -2]}"
                + "<|im_start|>system\nS<|im_end|>\n"
                + "<|im_start|>user\nHi <|im_end|><|im_end|>\n<|im_start|>assistant\n");
    assertThat(response.getIdsList()).filteredOn(id -> id == 1).hasSize(3);
    assertThat(response.getIdsList()).filteredOn(id -> id == 2).hasSize(3);
    assertThat(decode(response.getIdsList(), false)).isEqualTo(response.getText());
  }

  @Test
  void refusesChatsThatDoNotFit() {
    assertFails(
        () ->
            tokenizer.encodeChat(
                EncodeChatRequest.newBuilder()
                    .setModel("encoder")
                    .addMessages(message("user", "x"))
                    .build()),
        Status.Code.FAILED_PRECONDITION,
        "NO_CHAT_TEMPLATE",
        "model 'encoder' has no chat template");
    assertFails(
        () -> tokenizer.encodeChat(EncodeChatRequest.newBuilder().setModel("chat").build()),
        Status.Code.INVALID_ARGUMENT,
        "MESSAGES_OUT_OF_RANGE",
        "0 messages, there must be 1 to 4,096");
    assertFails(
        () ->
            tokenizer.encodeChat(
                EncodeChatRequest.newBuilder()
                    .setModel("chat")
                    .addMessages(message("user", "1".repeat(300)))
                    .build()),
        Status.Code.INVALID_ARGUMENT,
        "CONTEXT_LENGTH_EXCEEDED",
        " tokens > 256");
    assertFails(
        () ->
            tokenizer.encodeChat(
                EncodeChatRequest.newBuilder()
                    .setModel("chat")
                    .addAllMessages(Collections.nCopies(2, message("user", "x".repeat(600_000))))
                    .build()),
        Status.Code.INVALID_ARGUMENT,
        "PROMPT_TOO_LONG",
        "the messages have 1,200,000 bytes > 1,048,576");
  }

  @Test
  void decodesWhatItEncoded() {
    String text = "The quick brown 😀 fox\n\tÉ 日本 <|im_end|>!";
    List<Integer> ids =
        tokenizer
            .encode(
                EncodeRequest.newBuilder()
                    .setModel("chat")
                    .addInputs(TextInput.newBuilder().setText(text))
                    .build())
            .getResults(0)
            .getEncoding()
            .getIdsList();

    assertThat(decode(ids, false)).isEqualTo(text);
    assertThat(decode(ids, true)).isEqualTo(text.replace("<|im_end|>", ""));
    assertThat(decode(List.of(), true)).isEmpty();
    assertFails(
        () -> decode(List.of(500), true),
        Status.Code.INVALID_ARGUMENT,
        "TOKEN_ID_OUT_OF_RANGE",
        "token id 500 is outside 0 to 499");
    assertFails(
        () -> decode(List.of(-1), true),
        Status.Code.INVALID_ARGUMENT,
        "TOKEN_ID_OUT_OF_RANGE",
        "token id -1 is outside 0 to 499");
  }

  @Test
  void decodesAStream() throws Exception {
    String text = "a 😀 <|im_end|> é日本";
    List<Integer> ids =
        tokenizer
            .encode(
                EncodeRequest.newBuilder()
                    .setModel("chat")
                    .addInputs(TextInput.newBuilder().setText(text))
                    .build())
            .getResults(0)
            .getEncoding()
            .getIdsList();
    Collected responses = new Collected();
    StreamObserver<DecodeStreamRequest> requests =
        TokenizerServiceGrpc.newStub(channel).decodeStream(responses);
    for (int i = 0; i < ids.size(); i++) {
      DecodeStreamRequest.Builder request = DecodeStreamRequest.newBuilder().addIds(ids.get(i));
      requests.onNext(
          i > 0 ? request.build() : request.setModel("chat").setSkipSpecialTokens(false).build());
    }
    requests.onCompleted();

    List<String> pieces = responses.all.get(10, TimeUnit.SECONDS);
    assertThat(pieces).hasSize(ids.size()).contains("");
    assertThat(String.join("", pieces)).isEqualTo(text).isEqualTo(decode(ids, false));
  }

  @Test
  void aStreamFlushesWhatItHoldsAndFailsOnce() {
    Collected half = new Collected();
    StreamObserver<DecodeStreamRequest> requests =
        TokenizerServiceGrpc.newStub(channel).decodeStream(half);
    int first =
        vocabulary("chat").stream()
            .filter(e -> e.getBytes().size() == 1 && e.getBytes().byteAt(0) == (byte) 0xf0)
            .findFirst()
            .orElseThrow()
            .getId();
    requests.onNext(DecodeStreamRequest.newBuilder().setModel("chat").addIds(first).build());
    requests.onCompleted();
    assertThat(half.all.join()).containsExactly("", "\ufffd");

    Collected failed = new Collected();
    StreamObserver<DecodeStreamRequest> bad =
        TokenizerServiceGrpc.newStub(channel).decodeStream(failed);
    bad.onNext(DecodeStreamRequest.newBuilder().setModel("chat").addIds(9_999).build());
    bad.onNext(DecodeStreamRequest.newBuilder().addIds(1).build());
    assertThat(failed.all)
        .failsWithin(10, TimeUnit.SECONDS)
        .withThrowableThat()
        .withMessageContaining("token id 9,999 is outside 0 to 499");

    Collected unknown = new Collected();
    TokenizerServiceGrpc.newStub(channel)
        .decodeStream(unknown)
        .onNext(DecodeStreamRequest.newBuilder().addIds(1).build());
    assertThat(unknown.all)
        .failsWithin(10, TimeUnit.SECONDS)
        .withThrowableThat()
        .withMessageContaining("NOT_FOUND: model '' is not loaded");
  }

  @Test
  void handsOutTheVocabulary() {
    Iterator<GetVocabularyResponse> parts =
        tokenizer.getVocabulary(GetVocabularyRequest.newBuilder().setModel("chat").build());
    assertThat(parts.next().getHeader().getSize()).isEqualTo(500);
    List<VocabularyEntry> entries = vocabulary("chat");

    assertThat(entries).extracting(VocabularyEntry::getId).hasSize(500).isSorted();
    assertThat(entries.get(1).getSpecial()).isTrue();
    assertThat(entries.get(1).getBytes().toStringUtf8()).isEqualTo("<|im_start|>");
    assertThat(entries.get(499).getUnused()).isTrue();
    assertThat(entries.get(499).getBytes().isEmpty()).isTrue();
    assertFails(
        () ->
            tokenizer
                .getVocabulary(GetVocabularyRequest.newBuilder().setModel("nope").build())
                .next(),
        Status.Code.NOT_FOUND,
        "MODEL_NOT_FOUND",
        "model 'nope' is not loaded; loaded: chat, encoder");
  }

  @Test
  void listsItsModels() {
    var models = tokenizer.listModels(ListModelsRequest.getDefaultInstance()).getModelsList();

    assertThat(models).extracting(m -> m.getName()).containsExactly("chat", "encoder");
    assertThat(models.getFirst().getVocabularyHash())
        .isEqualTo(
            tokenizer
                .getVocabulary(GetVocabularyRequest.newBuilder().setModel("chat").build())
                .next()
                .getHeader()
                .getHash())
        .hasSize(64);
    assertThat(models.getFirst().getContextLength()).isEqualTo(256);
  }

  @Test
  void isReadyAndMeasured() {
    tokenizer.encode(
        EncodeRequest.newBuilder()
            .setModel("encoder")
            .addInputs(TextInput.newBuilder().setText("SECRET"))
            .build());
    decode(List.of(5), true);

    given().get("/q/health/ready").then().statusCode(200).body("status", equalTo("UP"));
    given()
        .get("/q/metrics")
        .then()
        .statusCode(200)
        .body(containsString("weft_tokenizer_encoded_tokens_total{model=\"encoder\"}"))
        .body(containsString("weft_tokenizer_decoded_tokens_total{model=\"chat\"}"))
        .body(containsString("weft_tokenizer_batch_size_count{model=\"encoder\"}"))
        .body(containsString("weft_tokenizer_call_duration_seconds_count"))
        .body(containsString("weft_tokenizer_held_requests 0.0"))
        .body(not(containsString("SECRET")));
    assertThat(
            HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
  }

  private Encoding encode(EncodeRequest.Builder request) {
    return tokenizer.encode(request.setModel("encoder").build()).getResults(0).getEncoding();
  }

  private String decode(List<Integer> ids, boolean skipSpecialTokens) {
    return tokenizer
        .decode(
            DecodeRequest.newBuilder()
                .setModel("chat")
                .addSequences(TokenSequence.newBuilder().addAllIds(ids))
                .setSkipSpecialTokens(skipSpecialTokens)
                .build())
        .getTexts(0);
  }

  private List<VocabularyEntry> vocabulary(String model) {
    List<VocabularyEntry> entries = new ArrayList<>();
    tokenizer
        .getVocabulary(GetVocabularyRequest.newBuilder().setModel(model).build())
        .forEachRemaining(part -> entries.addAll(part.getEntries().getEntriesList()));
    return entries;
  }

  private static void assertFails(
      Supplier<?> call, Status.Code code, String reason, String message) {
    assertThatExceptionOfType(StatusRuntimeException.class)
        .isThrownBy(call::get)
        .satisfies(
            e -> {
              WeftException failure = Statuses.fromStatus(e);
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(failure.reason()).isEqualTo(reason);
              assertThat(failure).hasMessageContaining(message);
            });
  }

  private static TextSpan span(int start, int end) {
    return TextSpan.newBuilder().setStart(start).setEnd(end).build();
  }

  private static ChatMessage message(String role, String content) {
    return ChatMessage.newBuilder().setRole(role).setContent(content).build();
  }

  private static Value number(double number) {
    return Value.newBuilder().setNumberValue(number).build();
  }

  /** All responses of a stream. */
  private static final class Collected implements StreamObserver<DecodeStreamResponse> {
    private final List<String> pieces = new ArrayList<>();
    private final CompletableFuture<List<String>> all = new CompletableFuture<>();

    @Override
    public void onNext(DecodeStreamResponse response) {
      pieces.add(response.getText());
    }

    @Override
    public void onError(Throwable failure) {
      all.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      all.complete(pieces);
    }
  }
}
