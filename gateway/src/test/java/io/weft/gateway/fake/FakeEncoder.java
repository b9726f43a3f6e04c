package io.weft.gateway.fake;

import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EmbedResult;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.ListModelsResponse;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.proto.encoder.v1.Vector;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.UnaryCall;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Embeds a sequence as (number of ids, first id, 0.5, -1). The id 666 fails. */
@GrpcService
public class FakeEncoder extends EncoderServiceGrpc.EncoderServiceImplBase {
  /** While set, calls end with it. */
  public static volatile WeftException failure;

  /** While set, calls hang until their client cancels them, which counts this down. */
  public static volatile CountDownLatch hang;

  /** So many more questions for models are never answered. */
  public static final AtomicInteger silences = new AtomicInteger();

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
                        .setCreatedUnixS(1_700_000_001))
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
                  request.getInputsList().stream()
                      .map(input -> result(input, request.getDimensions()))
                      .toList())
              .build();
        });
  }

  private static EmbedResult result(TokenInput input, int dimensions) {
    if (input.getIdsList().contains(666)) {
      return EmbedResult.newBuilder()
          .setError(
              ItemError.newBuilder()
                  .setCode(3)
                  .setReason("TOKEN_OUT_OF_RANGE")
                  .setMessage("token id 666 >= vocabulary size, 600"))
          .build();
    }
    float[] vector = {input.getIdsCount(), input.getIds(0), 0.5f, -1f};
    Vector.Builder proto = Vector.newBuilder();
    for (int i = 0; i < (dimensions == 0 ? vector.length : dimensions); i++) {
      proto.addValues(vector[i]);
    }
    return EmbedResult.newBuilder().setVector(proto).build();
  }
}
