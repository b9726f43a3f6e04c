package io.weft.e2e;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.Code;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EmbedResult;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.proto.encoder.v1.ListModelsRequest;
import io.weft.proto.encoder.v1.ListModelsResponse;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.proto.encoder.v1.Vector;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Embeds one request after the other, in a fixed time for every four tokens, as (number of the
 * worker, number of tokens). Refuses what comes while {@link #QUEUE} tokens are there, as the
 * encoder service does.
 */
final class FakeWorkerEncoder extends EncoderServiceGrpc.EncoderServiceImplBase {
  private static final int QUEUE = 1_600;

  private final int number;
  private final int costMs;
  private final ReentrantLock turn = new ReentrantLock(true);
  private final AtomicInteger held = new AtomicInteger();

  FakeWorkerEncoder(int number, int costMs) {
    this.number = number;
    this.costMs = costMs;
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    call.onNext(ListModelsResponse.newBuilder().addModels(FakeWorker.INFO).build());
    call.onCompleted();
  }

  @Override
  public void embed(EmbedRequest request, StreamObserver<EmbedResponse> call) {
    int tokens = request.getInputsList().stream().mapToInt(TokenInput::getIdsCount).sum();
    if (held.addAndGet(tokens) > QUEUE) {
      held.addAndGet(-tokens);
      call.onError(StatusProto.toStatusRuntimeException(full()));
      return;
    }
    try {
      turn.lock();
      try {
        Thread.sleep(
            (long) costMs
                * request.getInputsList().stream().mapToInt(FakeWorkerEncoder::units).sum());
      } finally {
        turn.unlock();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      held.addAndGet(-tokens);
    }
    EmbedResponse.Builder response = EmbedResponse.newBuilder().setDimensions(2);
    request
        .getInputsList()
        .forEach(
            input ->
                response.addResults(
                    EmbedResult.newBuilder()
                        .setVector(
                            Vector.newBuilder().addValues(number).addValues(input.getIdsCount()))));
    call.onNext(response.build());
    call.onCompleted();
  }

  private static int units(TokenInput input) {
    return (input.getIdsCount() + 3) / 4;
  }

  private static Status full() {
    return Status.newBuilder()
        .setCode(Code.RESOURCE_EXHAUSTED_VALUE)
        .setMessage("%d tokens are queued".formatted(QUEUE))
        .addDetails(
            Any.pack(
                com.google.rpc.ErrorInfo.newBuilder()
                    .setDomain("weft")
                    .setReason("QUEUE_FULL")
                    .build()))
        .addDetails(
            Any.pack(
                RetryInfo.newBuilder().setRetryDelay(Duration.newBuilder().setSeconds(1)).build()))
        .build();
  }
}
