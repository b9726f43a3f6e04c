package io.weft.e2e;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Generates in {@link #SLOTS} slots, a token in the same time always, each token the number of the
 * worker. Remembers the blocks of 16 tokens of the prompts it has had, and says how many of a
 * prompt's tokens it has seen, as a prefix cache does.
 */
final class FakeWorkerGenerator extends GeneratorServiceGrpc.GeneratorServiceImplBase {
  static final int SLOTS = 4;

  private static final int BLOCK = 16;
  private static final int BLOCKS = 100_000;

  private final int number;
  private final int tokenMs;
  private final Semaphore slots = new Semaphore(SLOTS, true);
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<List<Integer>, Boolean> seen =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Integer>, Boolean> eldest) {
          return size() > BLOCKS;
        }
      };

  FakeWorkerGenerator(int number, int tokenMs) {
    this.number = number;
    this.tokenMs = tokenMs;
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
    call.onNext(ListModelsResponse.newBuilder().addModels(FakeWorker.INFO).build());
    call.onCompleted();
  }

  @Override
  public void getLoad(GetLoadRequest request, StreamObserver<GetLoadResponse> call) {
    call.onNext(
        GetLoadResponse.newBuilder()
            .setRunning(running.get())
            .setWaiting(waiting.get())
            .setSlots(SLOTS)
            .build());
    call.onCompleted();
  }

  @Override
  public void generate(GenerateRequest request, StreamObserver<GenerateResponse> observer) {
    ServerCallStreamObserver<GenerateResponse> call =
        (ServerCallStreamObserver<GenerateResponse>) observer;
    // Each call's events come on a thread of their own: this one may wait.
    call.setOnCancelHandler(() -> {});
    Thread.startVirtualThread(() -> run(request, call));
  }

  private void run(GenerateRequest request, ServerCallStreamObserver<GenerateResponse> call) {
    try {
      waiting.incrementAndGet();
      try {
        slots.acquire();
      } finally {
        waiting.decrementAndGet();
      }
      running.incrementAndGet();
      try {
        answer(request, call);
      } finally {
        running.decrementAndGet();
        slots.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(GenerateRequest request, ServerCallStreamObserver<GenerateResponse> call)
      throws InterruptedException {
    if (call.isCancelled()) {
      return;
    }
    call.onNext(
        GenerateResponse.newBuilder()
            .setAccepted(
                Accepted.newBuilder()
                    .setPromptTokens(request.getPromptIdsCount())
                    .setCachedTokens(cached(request.getPromptIdsList())))
            .build());
    int tokens = request.getStop().getMaxTokens();
    for (int i = 0; i < tokens; i++) {
      Thread.sleep(tokenMs);
      if (call.isCancelled()) {
        return;
      }
      call.onNext(
          GenerateResponse.newBuilder()
              .setDelta(Delta.newBuilder().setText(number + " ").addIds(number))
              .build());
    }
    call.onNext(
        GenerateResponse.newBuilder()
            .setFinished(
                Finished.newBuilder()
                    .setReason(FinishReason.FINISH_REASON_LENGTH)
                    .setUsage(Usage.newBuilder().setCompletionTokens(tokens)))
            .build());
    call.onCompleted();
  }

  /** Tokens of whole blocks that were seen from the beginning; they all are, from now on. */
  private int cached(List<Integer> prompt) {
    synchronized (seen) {
      int cached = 0;
      boolean all = true;
      for (int end = BLOCK; end <= prompt.size(); end += BLOCK) {
        all = seen.put(List.copyOf(prompt.subList(0, end)), true) != null && all;
        cached = all ? end : cached;
      }
      return cached;
    }
  }
}
