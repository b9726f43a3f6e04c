package io.weft.encoder;

import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.proto.admin.v1.LoadModelRequest;
import io.weft.proto.admin.v1.LoadModelResponse;
import io.weft.proto.admin.v1.ModelAdminServiceGrpc;
import io.weft.proto.admin.v1.UnloadModelRequest;
import io.weft.proto.admin.v1.UnloadModelResponse;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.grpc.UnaryCall;
import io.weft.runtime.grpc.VirtualThreadCalls;

/** Loads and unloads models while the service runs. Each RPC waits on its virtual thread. */
@GrpcService
@RegisterInterceptor(VirtualThreadCalls.class)
@RegisterInterceptor(OpenCalls.class)
class ModelAdminGrpcService extends ModelAdminServiceGrpc.ModelAdminServiceImplBase {
  private final ServedModels models;

  ModelAdminGrpcService(ServedModels models) {
    this.models = models;
  }

  @Override
  public void loadModel(LoadModelRequest request, StreamObserver<LoadModelResponse> call) {
    UnaryCall.answer(call, () -> load(request.getModel()));
  }

  @Override
  public void unloadModel(UnloadModelRequest request, StreamObserver<UnloadModelResponse> call) {
    UnaryCall.answer(call, () -> unload(request.getModel()));
  }

  private LoadModelResponse load(String name) {
    long start = System.nanoTime();
    try {
      boolean replaced = models.load(name);
      return LoadModelResponse.newBuilder()
          .setReplaced(replaced)
          .setLoadTimeMs((System.nanoTime() - start) / 1_000_000)
          .build();
    } catch (InterruptedException e) {
      throw stopping();
    }
  }

  private UnloadModelResponse unload(String name) {
    try {
      models.unload(name);
      return UnloadModelResponse.getDefaultInstance();
    } catch (InterruptedException e) {
      throw stopping();
    }
  }

  private static WeftException stopping() {
    Thread.currentThread().interrupt();
    return new WeftException.Unavailable("STOPPING", "the encoder service is stopping", null);
  }
}
