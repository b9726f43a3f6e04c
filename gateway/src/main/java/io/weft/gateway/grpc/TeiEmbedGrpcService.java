package io.weft.gateway.grpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.gateway.backend.EmbedOptions;
import io.weft.gateway.tei.TeiTasks;
import io.weft.gateway.tei.TeiTasks.Answer;
import io.weft.proto.tei.v1.EmbedAllRequest;
import io.weft.proto.tei.v1.EmbedAllResponse;
import io.weft.proto.tei.v1.EmbedGrpc;
import io.weft.proto.tei.v1.EmbedRequest;
import io.weft.proto.tei.v1.EmbedResponse;
import io.weft.proto.tei.v1.EmbedSparseRequest;
import io.weft.proto.tei.v1.EmbedSparseResponse;
import io.weft.runtime.grpc.UnaryCall;
import java.util.Arrays;

/** {@code tei.v1.Embed}. */
@GrpcService
@RegisterInterceptor(GatewayCalls.class)
class TeiEmbedGrpcService extends EmbedGrpc.EmbedImplBase {
  private final TeiTasks tasks;

  TeiEmbedGrpcService(TeiTasks tasks) {
    this.tasks = tasks;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return WireProtos.of(super.bindService());
  }

  @Override
  public void embed(EmbedRequest request, StreamObserver<EmbedResponse> call) {
    UnaryCall.answer(call, () -> embed(request));
  }

  @Override
  public StreamObserver<EmbedRequest> embedStream(StreamObserver<EmbedResponse> call) {
    return new ItemStream<>(
        call,
        this::embed,
        failure -> EmbedResponse.newBuilder().setError(MessageProtos.error(failure)).build());
  }

  @Override
  public void embedSparse(EmbedSparseRequest request, StreamObserver<EmbedSparseResponse> call) {
    call.onError(noSparse());
  }

  @Override
  public StreamObserver<EmbedSparseRequest> embedSparseStream(
      StreamObserver<EmbedSparseResponse> call) {
    return new ItemStream<>(
        call,
        _ -> {
          throw noSparse();
        },
        _ -> EmbedSparseResponse.getDefaultInstance());
  }

  @Override
  public void embedAll(EmbedAllRequest request, StreamObserver<EmbedAllResponse> call) {
    UnaryCall.answer(call, () -> embedAll(request));
  }

  @Override
  public StreamObserver<EmbedAllRequest> embedAllStream(StreamObserver<EmbedAllResponse> call) {
    return new ItemStream<>(
        call,
        this::embedAll,
        failure -> EmbedAllResponse.newBuilder().setError(MessageProtos.error(failure)).build());
  }

  private static RuntimeException noSparse() {
    return Status.UNIMPLEMENTED
        .withDescription("no loaded model can make sparse vectors")
        .asRuntimeException();
  }

  private EmbedResponse embed(EmbedRequest request) {
    long started = System.nanoTime();
    TeiProtos.noPrompt(request.hasPromptName());
    Answer<float[]> answer =
        tasks.embed(
            TeiProtos.model(),
            TeiProtos.text(request.getInputs()),
            TeiProtos.cut(request.getTruncate(), request.getTruncationDirection()),
            new EmbedOptions(0, null, request.getNormalize(), EmbedOptions.Format.FLOAT));
    return EmbedResponse.newBuilder()
        .addAllEmbeddings(TeiProtos.values(answer.value().getFirst()))
        .setMetadata(
            TeiProtos.metadata(TeiProtos.characters(request.getInputs()), answer.tokens(), started))
        .build();
  }

  private EmbedAllResponse embedAll(EmbedAllRequest request) {
    long started = System.nanoTime();
    TeiProtos.noPrompt(request.hasPromptName());
    Answer<float[][]> answer =
        tasks.embedAll(
            TeiProtos.model(),
            TeiProtos.text(request.getInputs()),
            TeiProtos.cut(request.getTruncate(), request.getTruncationDirection()));
    return EmbedAllResponse.newBuilder()
        .addAllTokenEmbeddings(
            Arrays.stream(answer.value().getFirst()).map(TeiProtos::tokenEmbedding).toList())
        .setMetadata(
            TeiProtos.metadata(TeiProtos.characters(request.getInputs()), answer.tokens(), started))
        .build();
  }
}
