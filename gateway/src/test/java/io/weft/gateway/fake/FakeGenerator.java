package io.weft.gateway.fake;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.generator.v1.Accepted;
import io.weft.proto.generator.v1.Delta;
import io.weft.proto.generator.v1.FinishReason;
import io.weft.proto.generator.v1.Finished;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.GeneratorServiceGrpc;
import io.weft.proto.generator.v1.GetLoadRequest;
import io.weft.proto.generator.v1.GetLoadResponse;
import io.weft.proto.generator.v1.ListModelsRequest;
import io.weft.proto.generator.v1.ListModelsResponse;
import io.weft.proto.generator.v1.Usage;
import io.weft.runtime.grpc.UnaryCall;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Does what a test tells it; on a virtual thread for each call. */
@GrpcService
public class FakeGenerator extends GeneratorServiceGrpc.GeneratorServiceImplBase {
  /** What to do with a call. */
  @FunctionalInterface
  public interface Script {
    void run(GenerateRequest request, ServerCallStreamObserver<GenerateResponse> call)
        throws Exception;
  }

  public static volatile Script script;

  /** Run for each call that its client cancels. */
  public static volatile Runnable onCancel;

  public static final List<GenerateRequest> REQUESTS = new CopyOnWriteArrayList<>();

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    UnaryCall.answer(
        call,
        () ->
            ListModelsResponse.newBuilder()
                .addModels(model("smol", "decoder", "int4"))
                .addModels(model("t5", "encoder-decoder", "fp32"))
                .build());
  }

  @Override
  public void getLoad(GetLoadRequest request, StreamObserver<GetLoadResponse> call) {
    UnaryCall.answer(call, GetLoadResponse::getDefaultInstance);
  }

  private static ModelInfo.Builder model(String name, String family, String dtype) {
    return ModelInfo.newBuilder()
        .setName(name)
        .setFamily(family)
        .addTasks("generate")
        .setDtype(dtype)
        .setContextLength(64)
        .setHiddenSize(16)
        .setVocabularyHash(FakeTokenizer.HASH)
        .setCreatedUnixS(1_700_000_000);
  }

  @Override
  public void generate(GenerateRequest request, StreamObserver<GenerateResponse> call) {
    REQUESTS.add(request);
    ServerCallStreamObserver<GenerateResponse> server =
        (ServerCallStreamObserver<GenerateResponse>) call;
    Script now = script;
    server.setOnCancelHandler(onCancel);
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                now.run(request, server);
              } catch (Exception e) {
                if (!server.isCancelled()) {
                  UnaryCall.fail(server, e);
                }
              }
            });
  }

  /** Says the pieces in every sequence, then stops. */
  public static Script say(String... pieces) {
    return (request, call) -> {
      call.onNext(accepted(request));
      for (String piece : pieces) {
        for (int i = 0; i < request.getN(); i++) {
          call.onNext(delta(i, piece));
        }
      }
      for (int i = 0; i < request.getN(); i++) {
        call.onNext(finished(i, FinishReason.FINISH_REASON_STOP, pieces.length));
      }
      call.onCompleted();
    };
  }

  public static GenerateResponse accepted(GenerateRequest request) {
    return GenerateResponse.newBuilder()
        .setAccepted(
            Accepted.newBuilder().setPromptTokens(request.getPromptIdsCount()).setCachedTokens(1))
        .build();
  }

  public static GenerateResponse delta(int index, String text) {
    return GenerateResponse.newBuilder()
        .setDelta(Delta.newBuilder().setIndex(index).setText(text).addIds(7))
        .build();
  }

  public static GenerateResponse finished(int index, FinishReason reason, int tokens) {
    return GenerateResponse.newBuilder()
        .setFinished(
            Finished.newBuilder()
                .setIndex(index)
                .setReason(reason)
                .setUsage(Usage.newBuilder().setCompletionTokens(tokens)))
        .build();
  }
}
