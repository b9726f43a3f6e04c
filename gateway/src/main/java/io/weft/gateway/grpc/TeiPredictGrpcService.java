package io.weft.gateway.grpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.input.Names;
import io.weft.gateway.tei.TeiTasks;
import io.weft.gateway.tei.TeiTasks.Answer;
import io.weft.proto.tei.v1.PredictGrpc;
import io.weft.proto.tei.v1.PredictPairRequest;
import io.weft.proto.tei.v1.PredictRequest;
import io.weft.proto.tei.v1.PredictResponse;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.UnaryCall;
import java.util.List;

/** {@code tei.v1.Predict}. */
@GrpcService
@RegisterInterceptor(GatewayCalls.class)
class TeiPredictGrpcService extends PredictGrpc.PredictImplBase {
  private final TeiTasks tasks;

  TeiPredictGrpcService(TeiTasks tasks) {
    this.tasks = tasks;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return WireProtos.of(super.bindService());
  }

  @Override
  public void predict(PredictRequest request, StreamObserver<PredictResponse> call) {
    UnaryCall.answer(call, () -> predict(request));
  }

  @Override
  public void predictPair(PredictPairRequest request, StreamObserver<PredictResponse> call) {
    UnaryCall.answer(call, () -> predictPair(request));
  }

  @Override
  public StreamObserver<PredictRequest> predictStream(StreamObserver<PredictResponse> call) {
    return new ItemStream<>(call, this::predict, TeiPredictGrpcService::failed);
  }

  @Override
  public StreamObserver<PredictPairRequest> predictPairStream(
      StreamObserver<PredictResponse> call) {
    return new ItemStream<>(call, this::predictPair, TeiPredictGrpcService::failed);
  }

  private static PredictResponse failed(WeftException failure) {
    return PredictResponse.newBuilder().setError(MessageProtos.error(failure)).build();
  }

  private PredictResponse predict(PredictRequest request) {
    return predict(
        TextPair.of(Fields.text("inputs", request.getInputs())),
        TeiProtos.cut(request.getTruncate(), request.getTruncationDirection()),
        request.getRawScores());
  }

  private PredictResponse predictPair(PredictPairRequest request) {
    Fields.count("inputs", request.getInputsCount(), 1, 2);
    for (int i = 0; i < request.getInputsCount(); i++) {
      Fields.text("inputs[%d]".formatted(i), request.getInputs(i));
    }
    return predict(
        new TextPair(
            request.getInputs(0), request.getInputsCount() == 2 ? request.getInputs(1) : null),
        TeiProtos.cut(request.getTruncate(), request.getTruncationDirection()),
        request.getRawScores());
  }

  private PredictResponse predict(TextPair input, Cut cut, boolean rawScores) {
    long started = System.nanoTime();
    Answer<List<LabelScore>> answer =
        tasks.predict(
            TeiProtos.model(), List.of(input), cut, rawScores, new Names("inputs", false));
    String pair = input.pair();
    int characters =
        TeiProtos.characters(input.text()) + (pair == null ? 0 : TeiProtos.characters(pair));
    return PredictResponse.newBuilder()
        .addAllPredictions(answer.value().getFirst().stream().map(TeiProtos::prediction).toList())
        .setMetadata(TeiProtos.metadata(characters, answer.tokens(), started))
        .build();
  }
}
