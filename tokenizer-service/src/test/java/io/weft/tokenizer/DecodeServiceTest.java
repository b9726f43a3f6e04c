package io.weft.tokenizer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.proto.tokenizer.v1.DecodeStreamRequest;
import io.weft.proto.tokenizer.v1.DecodeStreamResponse;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.GetVocabularyRequest;
import io.weft.proto.tokenizer.v1.GetVocabularyResponse;
import io.weft.proto.tokenizer.v1.ListModelsRequest;
import io.weft.proto.tokenizer.v1.TextInput;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import io.weft.proto.tokenizer.v1.VocabularyEntry;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Decode, DecodeStream, GetVocabulary and the service itself over real gRPC. */
@QuarkusTest
@QuarkusTestResource(ModelsResource.class)
class DecodeServiceTest extends ServiceTest {
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
    assertThat(entries.get(1).getAdded()).isTrue();
    assertThat(entries.get(100).getAdded()).isFalse();
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
