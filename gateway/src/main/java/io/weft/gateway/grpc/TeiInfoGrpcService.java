package io.weft.gateway.grpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.models.Model;
import io.weft.gateway.tei.TeiTasks;
import io.weft.proto.tei.v1.InfoGrpc;
import io.weft.proto.tei.v1.InfoRequest;
import io.weft.proto.tei.v1.InfoResponse;
import io.weft.proto.tei.v1.ModelType;
import io.weft.runtime.grpc.UnaryCall;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** {@code tei.v1.Info}. */
@GrpcService
@RegisterInterceptor(GatewayCalls.class)
class TeiInfoGrpcService extends InfoGrpc.InfoImplBase {
  private final TeiTasks tasks;
  private final int maxRequests;
  private final String version;

  TeiInfoGrpcService(
      TeiTasks tasks,
      GatewayConfig config,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.tasks = tasks;
    this.maxRequests = config.maxRequests();
    this.version = version;
  }

  @Override
  public ServerServiceDefinition bindService() {
    return WireProtos.of(super.bindService());
  }

  @Override
  public void info(InfoRequest request, StreamObserver<InfoResponse> call) {
    UnaryCall.answer(call, this::info);
  }

  private InfoResponse info() {
    Model model = tasks.any(TeiProtos.model());
    return InfoResponse.newBuilder()
        .setVersion(version)
        .setModelId(model.name())
        .setModelDtype(model.dtype())
        .setModelType(type(model))
        .setMaxConcurrentRequests(maxRequests)
        .setMaxInputLength(model.contextLength())
        .setMaxClientBatchSize(TeiProtos.MAX_TEXTS)
        .build();
  }

  private static ModelType type(Model model) {
    if (model.isReranker()) {
      return ModelType.MODEL_TYPE_RERANKER;
    }
    return model.tasks().contains("embed")
        ? ModelType.MODEL_TYPE_EMBEDDING
        : ModelType.MODEL_TYPE_CLASSIFIER;
  }
}
