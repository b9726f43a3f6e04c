package io.weft.gateway.fake;

import com.google.protobuf.ByteString;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.weft.proto.common.v1.EncoderInfo;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.encoder.v1.AnswerSpansRequest;
import io.weft.proto.encoder.v1.AnswerSpansResponse;
import io.weft.proto.encoder.v1.ClassifyRequest;
import io.weft.proto.encoder.v1.ClassifyResponse;
import io.weft.proto.encoder.v1.ClassifyResult;
import io.weft.proto.encoder.v1.ClassifyTokensRequest;
import io.weft.proto.encoder.v1.ClassifyTokensResponse;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EmbedResult;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.proto.encoder.v1.FillMaskRequest;
import io.weft.proto.encoder.v1.FillMaskResponse;
import io.weft.proto.encoder.v1.GetAttentionsRequest;
import io.weft.proto.encoder.v1.GetAttentionsResponse;
import io.weft.proto.encoder.v1.GetHiddenStatesRequest;
import io.weft.proto.encoder.v1.GetHiddenStatesResponse;
import io.weft.proto.encoder.v1.LabelScore;
import io.weft.proto.encoder.v1.LabelScores;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.ListModelsResponse;
import io.weft.proto.encoder.v1.Pooling;
import io.weft.proto.encoder.v1.ScorePairsRequest;
import io.weft.proto.encoder.v1.ScorePairsResponse;
import io.weft.proto.encoder.v1.ScorePairsResult;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.proto.encoder.v1.Vector;
import io.weft.proto.encoder.v1.VectorFormat;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.UnaryCall;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Embeds a sequence as (number of ids, first id, 0.5, -1), the classifier's probability of "pos" as
 * an eighth for each id, and a pair's score as a tenth of the ids of its second text. The id 666
 * fails, 999 makes the model fail.
 */
@GrpcService
public class FakeEncoder extends EncoderServiceGrpc.EncoderServiceImplBase {
  /** While set, calls end with it. */
  public static volatile WeftException failure;

  /** While set, calls hang until their client cancels them, which counts this down. */
  public static volatile CountDownLatch hang;

  /** So many more questions for models are never answered. */
  public static final AtomicInteger silences = new AtomicInteger();

  public static volatile AnswerSpansRequest lastAnswers;

  public static final AtomicInteger calls = new AtomicInteger();

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    if (silences.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      return;
    }
    UnaryCall.answer(
        call,
        () ->
            ListModelsResponse.newBuilder()
                .addModels(
                    ModelInfo.newBuilder()
                        .setName("minilm")
                        .setFamily("encoder")
                        .addTasks("embed")
                        .setDtype("fp32")
                        .setContextLength(8)
                        .setHiddenSize(4)
                        .setEncoder(
                            EncoderInfo.newBuilder()
                                .setPooling("mean")
                                .setLayers(3)
                                .setHeads(2)
                                .setAttentions(true))
                        .setCreatedUnixS(1_700_000_001))
                .addModels(
                    encoder("masker", "fill_mask", EncoderInfo.newBuilder().setMaskTokenId(103)))
                .addModels(classifier("nli", "contradiction", "neutral", "ENTAILMENT"))
                .addModels(classifier("ranker", "LABEL_0"))
                .addModels(encoder("reader", "answer_spans", EncoderInfo.newBuilder()))
                .addModels(classifier("sentiment", "neg", "pos"))
                .addModels(encoder("tagger", "classify_tokens", EncoderInfo.newBuilder()))
                .build());
  }

  @Override
  public void embed(EmbedRequest request, StreamObserver<EmbedResponse> call) {
    calls.incrementAndGet();
    if (hang != null) {
      Calls.onCancel(call, hang::countDown);
      return;
    }
    UnaryCall.answer(
        call,
        () -> {
          if (failure != null) {
            throw failure;
          }
          return EmbedResponse.newBuilder()
              .addAllResults(
                  request.getInputsList().stream().map(input -> result(input, request)).toList())
              .setPooling(
                  request.getPooling() == Pooling.POOLING_UNSPECIFIED
                      ? Pooling.POOLING_MEAN
                      : request.getPooling())
              .setNormalized(request.getNormalize())
              .build();
        });
  }

  @Override
  public void getHiddenStates(
      GetHiddenStatesRequest request, StreamObserver<GetHiddenStatesResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            GetHiddenStatesResponse.newBuilder()
                .addAllResults(
                    request.getInputsList().stream()
                        .map(input -> FakeStates.states(input, request.getModel()))
                        .toList())
                .build());
  }

  @Override
  public void getAttentions(
      GetAttentionsRequest request, StreamObserver<GetAttentionsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            GetAttentionsResponse.newBuilder()
                .addAllResults(
                    request.getInputsList().stream()
                        .map(input -> FakeStates.attentions(input, request))
                        .toList())
                .build());
  }

  @Override
  public void classify(ClassifyRequest request, StreamObserver<ClassifyResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ClassifyResponse.newBuilder()
                .addAllResults(
                    request.getInputsList().stream()
                        .map(
                            input ->
                                request.getModel().equals("nli")
                                    ? FakeTasks.inference(input)
                                    : labels(input, request.getRawScores()))
                        .toList())
                .build());
  }

  @Override
  public void classifyTokens(
      ClassifyTokensRequest request, StreamObserver<ClassifyTokensResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ClassifyTokensResponse.newBuilder()
                .addAllResults(
                    request.getInputsList().stream()
                        .map(input -> FakeTasks.tags(input, request))
                        .toList())
                .build());
  }

  @Override
  public void answerSpans(AnswerSpansRequest request, StreamObserver<AnswerSpansResponse> call) {
    lastAnswers = request;
    UnaryCall.answer(
        call,
        () ->
            AnswerSpansResponse.newBuilder()
                .addAllResults(
                    request.getInputsList().stream()
                        .map(question -> FakeTasks.answers(question, request))
                        .toList())
                .build());
  }

  @Override
  public void fillMask(FillMaskRequest request, StreamObserver<FillMaskResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            FillMaskResponse.newBuilder()
                .addAllResults(
                    request.getInputsList().stream()
                        .map(input -> FakeTasks.fills(input, request))
                        .toList())
                .build());
  }

  @Override
  public void scorePairs(ScorePairsRequest request, StreamObserver<ScorePairsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ScorePairsResponse.newBuilder()
                .addAllResults(
                    request.getInputsList().stream()
                        .map(input -> score(input, request.getRawScores()))
                        .toList())
                .build());
  }

  private static ModelInfo classifier(String name, String... labels) {
    return encoder(name, "classify", EncoderInfo.newBuilder().addAllLabels(List.of(labels)));
  }

  private static ModelInfo encoder(String name, String task, EncoderInfo.Builder encoder) {
    return ModelInfo.newBuilder()
        .setName(name)
        .setFamily("encoder")
        .addTasks(task)
        .setDtype("fp32")
        .setContextLength(8)
        .setHiddenSize(4)
        .setCreatedUnixS(1_700_000_001)
        .setEncoder(encoder)
        .build();
  }

  private static ClassifyResult labels(TokenInput input, boolean raw) {
    float positive = input.getIdsCount() / 8f * (raw ? 10 : 1);
    float negative = raw ? -positive : 1 - positive;
    LabelScore.Builder pos = LabelScore.newBuilder().setLabel("pos").setIndex(1).setScore(positive);
    LabelScore.Builder neg = LabelScore.newBuilder().setLabel("neg").setIndex(0).setScore(negative);
    LabelScores.Builder scores = LabelScores.newBuilder();
    return ClassifyResult.newBuilder()
        .setScores(
            positive > negative
                ? scores.addLabels(pos).addLabels(neg)
                : scores.addLabels(neg).addLabels(pos))
        .build();
  }

  private static ScorePairsResult score(TokenInput input, boolean raw) {
    int sum = 0;
    for (int i = 0; i < input.getIdsCount(); i++) {
      sum += input.getIds(i) * input.getTypeIds(i);
    }
    return ScorePairsResult.newBuilder().setScore(raw ? sum : sum / 10f).build();
  }

  private static EmbedResult result(TokenInput input, EmbedRequest request) {
    int dimensions = request.getDimensions();
    if (input.getIdsList().contains(666)) {
      return EmbedResult.newBuilder()
          .setError(
              ItemError.newBuilder()
                  .setCode(3)
                  .setReason("TOKEN_OUT_OF_RANGE")
                  .setMessage("token id 666 >= vocabulary size, 600"))
          .build();
    }
    if (input.getIdsList().contains(999)) {
      return EmbedResult.newBuilder()
          .setError(
              ItemError.newBuilder()
                  .setCode(13)
                  .setReason("INTERNAL")
                  .setMessage("the model's output is not finite"))
          .build();
    }
    float[] vector = {input.getIdsCount(), input.getIds(0), 0.5f, -1f};
    if (request.getFormat() == VectorFormat.VECTOR_FORMAT_INT8
        || request.getFormat() == VectorFormat.VECTOR_FORMAT_BINARY) {
      byte[] packed = {(byte) input.getIdsCount(), -128};
      return EmbedResult.newBuilder()
          .setVector(Vector.newBuilder().setPacked(ByteString.copyFrom(packed)))
          .build();
    }
    Vector.Builder proto = Vector.newBuilder();
    for (int i = 0; i < (dimensions == 0 ? vector.length : dimensions); i++) {
      proto.addValues(vector[i]);
    }
    return EmbedResult.newBuilder().setVector(proto).build();
  }
}
