package io.weft.tokenizer;

import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.proto.admin.v1.LoadModelRequest;
import io.weft.proto.admin.v1.LoadModelResponse;
import io.weft.proto.admin.v1.ModelAdminServiceGrpc;
import io.weft.proto.admin.v1.UnloadModelRequest;
import io.weft.proto.admin.v1.UnloadModelResponse;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.grpc.UnaryCall;
import io.weft.runtime.grpc.VirtualThreadCalls;

/** Loads and unloads tokenizers while the service runs. */
@GrpcService
@RegisterInterceptor(VirtualThreadCalls.class)
@RegisterInterceptor(OpenCalls.class)
class ModelAdminGrpcService extends ModelAdminServiceGrpc.ModelAdminServiceImplBase {
  private final TokenizerRuntime runtime;

  ModelAdminGrpcService(TokenizerRuntime runtime) {
    this.runtime = runtime;
  }

  @Override
  public void loadModel(LoadModelRequest request, StreamObserver<LoadModelResponse> call) {
    UnaryCall.answer(call, () -> load(request.getModel()));
  }

  @Override
  public void unloadModel(UnloadModelRequest request, StreamObserver<UnloadModelResponse> call) {
    UnaryCall.answer(
        call,
        () -> {
          runtime.unload(request.getModel());
          return UnloadModelResponse.getDefaultInstance();
        });
  }

  private LoadModelResponse load(String name) {
    long start = System.nanoTime();
    boolean replaced = runtime.load(name);
    return LoadModelResponse.newBuilder()
        .setReplaced(replaced)
        .setLoadTimeMs((System.nanoTime() - start) / 1_000_000)
        .build();
  }
}
