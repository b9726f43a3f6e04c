package io.weft.gateway.grpc;

import static io.weft.gateway.grpc.Channels.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.proto.tei.v1.DecodeRequest;
import io.weft.proto.tei.v1.DecodeResponse;
import io.weft.proto.tei.v1.EmbedAllRequest;
import io.weft.proto.tei.v1.EmbedAllResponse;
import io.weft.proto.tei.v1.EmbedGrpc;
import io.weft.proto.tei.v1.EmbedRequest;
import io.weft.proto.tei.v1.EmbedResponse;
import io.weft.proto.tei.v1.EmbedSparseRequest;
import io.weft.proto.tei.v1.EmbedSparseResponse;
import io.weft.proto.tei.v1.EncodeRequest;
import io.weft.proto.tei.v1.EncodeResponse;
import io.weft.proto.tei.v1.InfoGrpc;
import io.weft.proto.tei.v1.InfoRequest;
import io.weft.proto.tei.v1.InfoResponse;
import io.weft.proto.tei.v1.ModelType;
import io.weft.proto.tei.v1.PredictGrpc;
import io.weft.proto.tei.v1.PredictPairRequest;
import io.weft.proto.tei.v1.PredictRequest;
import io.weft.proto.tei.v1.PredictResponse;
import io.weft.proto.tei.v1.Prediction;
import io.weft.proto.tei.v1.Rank;
import io.weft.proto.tei.v1.RerankGrpc;
import io.weft.proto.tei.v1.RerankRequest;
import io.weft.proto.tei.v1.RerankResponse;
import io.weft.proto.tei.v1.RerankStreamRequest;
import io.weft.proto.tei.v1.SimpleToken;
import io.weft.proto.tei.v1.TokenizeGrpc;
import io.weft.proto.tei.v1.TruncationDirection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** {@code tei.v1}. */
@QuarkusTest
class TeiGrpcTest extends GrpcTest {
  private static final String TOO_LONG = "1 2 3 4 5 6 7 8 9";

  @Test
  void tellsOfTheModel() {
    InfoResponse info = model(InfoGrpc.newBlockingStub(channel), "minilm").info(nothing());
    assertThat(info.getModelId()).isEqualTo("minilm");
    assertThat(info.getModelDtype()).isEqualTo("fp32");
    assertThat(info.getMaxInputLength()).isEqualTo(8);
    assertThat(info.getMaxClientBatchSize()).isEqualTo(2_048);
    assertThat(info.getModelType()).isEqualTo(ModelType.MODEL_TYPE_EMBEDDING);
    assertThat(model(InfoGrpc.newBlockingStub(channel), "ranker").info(nothing()).getModelType())
        .isEqualTo(ModelType.MODEL_TYPE_RERANKER);
    assertThat(model(InfoGrpc.newBlockingStub(channel), "sentiment").info(nothing()).getModelType())
        .isEqualTo(ModelType.MODEL_TYPE_CLASSIFIER);
    failure(
        Status.Code.NOT_FOUND,
        () -> model(InfoGrpc.newBlockingStub(channel), "gone").info(nothing()),
        "model 'gone' is not loaded");
  }

  @Test
  void embedsWithTheOnlyModelThatCan() {
    EmbedGrpc.EmbedBlockingStub stub = EmbedGrpc.newBlockingStub(channel);
    EmbedResponse response = stub.embed(text("é bb"));
    assertThat(response.getEmbeddingsList()).containsExactly(2f, 1f, 0.5f, -1f);
    assertThat(response.getMetadata().getComputeChars()).isEqualTo(4);
    assertThat(response.getMetadata().getComputeTokens()).isEqualTo(2);
    assertThat(response.getMetadata().getTotalTimeNs()).isPositive();

    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.embed(text(TOO_LONG)),
        "inputs: 9 tokens > 8, the model's context");
    assertThat(
            stub.embed(
                    EmbedRequest.newBuilder()
                        .setInputs("long " + TOO_LONG)
                        .setTruncate(true)
                        .setTruncationDirection(TruncationDirection.TRUNCATION_DIRECTION_LEFT)
                        .build())
                .getEmbeddings(1))
        .isEqualTo(1);
    failure(Status.Code.INVALID_ARGUMENT, () -> stub.embed(text("")), "inputs has 0 characters");
    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.embed(text("a").toBuilder().setPromptName("query").build()),
        "prompt_name is not supported");
    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.embed(text("a").toBuilder().setTruncationDirectionValue(9).build()),
        "truncation_direction is not one of the known values");
  }

  @Test
  void embedsTokens() {
    EmbedAllResponse response =
        EmbedGrpc.newBlockingStub(channel)
            .embedAll(EmbedAllRequest.newBuilder().setInputs("a bb").build());
    assertThat(response.getTokenEmbeddingsList())
        .extracting(vector -> vector.getEmbeddingsList())
        .containsExactly(List.of(1f, 0f), List.of(2f, 1f));
  }

  @Test
  void hasNoSparseVectors() {
    failure(
        Status.Code.UNIMPLEMENTED,
        () ->
            EmbedGrpc.newBlockingStub(channel)
                .embedSparse(EmbedSparseRequest.newBuilder().setInputs("a").build()),
        "no loaded model can make sparse vectors");
    Answers<EmbedSparseResponse> answers = new Answers<>();
    StreamObserver<EmbedSparseRequest> requests =
        EmbedGrpc.newStub(channel).embedSparseStream(answers);
    requests.onNext(EmbedSparseRequest.newBuilder().setInputs("a").build());
    assertThat(Status.fromThrowable(answers.failure()).getCode())
        .isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void streamsInOrderAndATextFailsAlone() {
    List<EmbedResponse> answers =
        stream(
            EmbedGrpc.newStub(channel)::embedStream,
            text("a"),
            text(""),
            text(TOO_LONG),
            text("b"));
    assertThat(answers)
        .extracting(answer -> answer.getEmbeddingsCount(), answer -> answer.getError().getReason())
        .containsExactly(
            tuple(4, ""),
            tuple(0, "OUT_OF_RANGE"),
            tuple(0, "CONTEXT_LENGTH_EXCEEDED"),
            tuple(4, ""));

    List<EmbedAllResponse> all =
        stream(
            EmbedGrpc.newStub(channel)::embedAllStream,
            EmbedAllRequest.newBuilder().setInputs("a").build(),
            EmbedAllRequest.getDefaultInstance());
    assertThat(all)
        .extracting(EmbedAllResponse::getTokenEmbeddingsCount, EmbedAllResponse::hasError)
        .containsExactly(tuple(1, false), tuple(0, true));
  }

  @Test
  void aModelThatIsNotThereEndsAStream() {
    Answers<EmbedResponse> answers = new Answers<>();
    model(EmbedGrpc.newStub(channel), "gone").embedStream(answers).onNext(text("a"));
    assertThat(Status.fromThrowable(answers.failure()).getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void predicts() {
    PredictGrpc.PredictBlockingStub stub = model(PredictGrpc.newBlockingStub(channel), "sentiment");
    PredictGrpc.PredictStub streams = model(PredictGrpc.newStub(channel), "sentiment");
    assertThat(stub.predict(labelled("a b")).getPredictionsList())
        .extracting(Prediction::getLabel, Prediction::getScore)
        .containsExactly(tuple("neg", 0.75f), tuple("pos", 0.25f));
    assertThat(
            stub.predictPair(
                    PredictPairRequest.newBuilder()
                        .addInputs("a b")
                        .addInputs("c")
                        .setRawScores(true)
                        .build())
                .getPredictions(0))
        .isEqualTo(Prediction.newBuilder().setLabel("pos").setScore(3.75f).build());
    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.predictPair(PredictPairRequest.getDefaultInstance()),
        "inputs has 0 entries, it must have between 1 and 2");

    List<PredictResponse> texts = stream(streams::predictStream, labelled("a"), labelled(""));
    assertThat(texts)
        .extracting(PredictResponse::getPredictionsCount, PredictResponse::hasError)
        .containsExactly(tuple(2, false), tuple(0, true));
    List<PredictResponse> pairs =
        stream(
            streams::predictPairStream,
            PredictPairRequest.getDefaultInstance(),
            PredictPairRequest.newBuilder().addInputs("a").addInputs("b").build());
    assertThat(pairs)
        .extracting(PredictResponse::getPredictionsCount, PredictResponse::hasError)
        .containsExactly(tuple(0, true), tuple(2, false));
  }

  @Test
  void reranks() {
    RerankRequest request =
        RerankRequest.newBuilder()
            .setQuery("q")
            .addTexts("a")
            .addTexts("ccc")
            .setReturnText(true)
            .build();
    RerankResponse response = RerankGrpc.newBlockingStub(channel).rerank(request);
    assertThat(response.getRanksList())
        .extracting(Rank::getIndex, Rank::getText, Rank::getScore)
        .containsExactly(tuple(1, "ccc", 0.95257413f), tuple(0, "a", 0.7310586f));
    assertThat(response.getMetadata().getComputeTokens()).isEqualTo(4);

    List<RerankResponse> streamed =
        stream(
            RerankGrpc.newStub(channel)::rerankStream,
            RerankStreamRequest.newBuilder().setQuery("q").setText("a").setReturnText(true).build(),
            RerankStreamRequest.newBuilder().setText("ccc").build());
    assertThat(streamed.getFirst().getRanksList()).isEqualTo(response.getRanksList());

    failure(
        Status.Code.INVALID_ARGUMENT,
        () ->
            RerankGrpc.newBlockingStub(channel)
                .rerank(request.toBuilder().addTexts(TOO_LONG).build()),
        "texts[2]: 10 tokens > 8, the model's context");
  }

  @Test
  void tokenizesAndBack() {
    TokenizeGrpc.TokenizeBlockingStub stub = model(TokenizeGrpc.newBlockingStub(channel), "minilm");
    EncodeRequest request =
        EncodeRequest.newBuilder().setInputs("a bb").setAddSpecialTokens(true).build();
    assertThat(stub.tokenize(request).getTokensList())
        .containsExactly(
            SimpleToken.newBuilder().setId(101).setText("[CLS]").setSpecial(true).build(),
            SimpleToken.newBuilder().setId(1).setText("a").setStart(0).setStop(1).build(),
            SimpleToken.newBuilder().setId(2).setText("bb").setStart(2).setStop(4).build());
    DecodeRequest ids =
        DecodeRequest.newBuilder().addIds(101).addIds(7).setSkipSpecialTokens(true).build();
    assertThat(stub.decode(ids).getText()).isEqualTo("7");
    failure(
        Status.Code.INVALID_ARGUMENT,
        () -> stub.decode(DecodeRequest.newBuilder().addIds(-1).build()),
        "ids has 4,294,967,295");

    TokenizeGrpc.TokenizeStub streams = model(TokenizeGrpc.newStub(channel), "minilm");
    assertThat(stream(streams::tokenizeStream, request, EncodeRequest.getDefaultInstance()))
        .extracting(EncodeResponse::getTokensCount, EncodeResponse::hasError)
        .containsExactly(tuple(3, false), tuple(0, true));
    assertThat(stream(streams::decodeStream, DecodeRequest.getDefaultInstance(), ids))
        .extracting(DecodeResponse::getText, DecodeResponse::hasError)
        .containsExactly(tuple("", true), tuple("7", false));
  }

  private static InfoRequest nothing() {
    return InfoRequest.getDefaultInstance();
  }

  private static EmbedRequest text(String text) {
    return EmbedRequest.newBuilder().setInputs(text).build();
  }

  private static PredictRequest labelled(String text) {
    return PredictRequest.newBuilder().setInputs(text).build();
  }

  private static <S extends AbstractStub<S>> S model(S stub, String name) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("weft-model", Metadata.ASCII_STRING_MARSHALLER), name);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  @SafeVarargs
  private static <Q, R> List<R> stream(
      Function<StreamObserver<R>, StreamObserver<Q>> method, Q... messages) {
    Answers<R> answers = new Answers<>();
    StreamObserver<Q> requests = method.apply(answers);
    for (Q message : messages) {
      requests.onNext(message);
    }
    requests.onCompleted();
    return answers.all();
  }

  private static final class Answers<R> implements StreamObserver<R> {
    private final List<R> answers = new ArrayList<>();
    private final CompletableFuture<List<R>> end = new CompletableFuture<>();

    List<R> all() {
      return end.orTimeout(10, TimeUnit.SECONDS).join();
    }

    Throwable failure() {
      return end.orTimeout(10, TimeUnit.SECONDS)
          .handle(
              (_, failure) ->
                  failure instanceof java.util.concurrent.CompletionException e
                      ? e.getCause()
                      : failure)
          .join();
    }

    @Override
    public void onNext(R answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable failure) {
      end.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {
      end.complete(answers);
    }
  }
}
