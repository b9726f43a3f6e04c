package io.weft.gateway.grpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.gateway.input.Names;
import io.weft.gateway.tei.TeiTasks;
import io.weft.proto.tei.v1.DecodeRequest;
import io.weft.proto.tei.v1.DecodeResponse;
import io.weft.proto.tei.v1.EncodeRequest;
import io.weft.proto.tei.v1.EncodeResponse;
import io.weft.proto.tei.v1.TokenizeGrpc;
import io.weft.runtime.grpc.UnaryCall;
import java.util.List;

/** {@code tei.v1.Tokenize}. */
@GrpcService
@RegisterInterceptor(GatewayCalls.class)
class TeiTokenizeGrpcService extends TokenizeGrpc.TokenizeImplBase {
  private final TeiTasks tasks;

  TeiTokenizeGrpcService(TeiTasks tasks) {
    this.tasks = tasks;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return WireProtos.of(super.bindService());
  }

  @Override
  public void tokenize(EncodeRequest request, StreamObserver<EncodeResponse> call) {
    UnaryCall.answer(call, () -> tokenize(request));
  }

  @Override
  public StreamObserver<EncodeRequest> tokenizeStream(StreamObserver<EncodeResponse> call) {
    return new ItemStream<>(
        call,
        this::tokenize,
        failure -> EncodeResponse.newBuilder().setError(MessageProtos.error(failure)).build());
  }

  @Override
  public void decode(DecodeRequest request, StreamObserver<DecodeResponse> call) {
    UnaryCall.answer(call, () -> decode(request));
  }

  @Override
  public StreamObserver<DecodeRequest> decodeStream(StreamObserver<DecodeResponse> call) {
    return new ItemStream<>(
        call,
        this::decode,
        failure -> DecodeResponse.newBuilder().setError(MessageProtos.error(failure)).build());
  }

  private EncodeResponse tokenize(EncodeRequest request) {
    TeiProtos.noPrompt(request.hasPromptName());
    return EncodeResponse.newBuilder()
        .addAllTokens(
            tasks
                .tokenize(
                    TeiProtos.model(),
                    Fields.text("inputs", request.getInputs()),
                    request.getAddSpecialTokens())
                .stream()
                .map(TeiProtos::token)
                .toList())
        .build();
  }

  private DecodeResponse decode(DecodeRequest request) {
    return DecodeResponse.newBuilder()
        .setText(
            tasks
                .decode(
                    TeiProtos.model(),
                    List.of(TeiProtos.ids(request.getIdsList())),
                    request.getSkipSpecialTokens(),
                    new Names("ids", false))
                .getFirst())
        .build();
  }
}
