package io.weft.e2e;

import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
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
import io.weft.proto.generator.v1.Usage;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import io.weft.proto.tokenizer.v1.EncodeChatResponse;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A tokenizer and a generator that take no time, so that a gateway before them is all there is to
 * measure. A prompt's only token id is the number that its text is; the answer is that number again
 * and again, {@code max_tokens} times, as fast as the caller takes it. Or the generator has a pace:
 * then each token's text is the time at which it was made, in nanoseconds.
 */
final class FakeBackends implements AutoCloseable {
  static final String MODEL = "echo";

  private static final ModelInfo INFO =
      ModelInfo.newBuilder()
          .setName(MODEL)
          .setFamily("decoder")
          .addTasks("generate")
          .setDtype("none")
          .setContextLength(1 << 20)
          .setHiddenSize(1)
          .setVocabularyHash("00")
          .build();

  private final Server server;

  private FakeBackends(Server server) {
    this.server = server;
  }

  /** Listens on a port of its own. */
  static FakeBackends start() {
    return start(Duration.ZERO);
  }

  /**
   * The same.
   *
   * @param step from one token of a sequence to its next; 0 for no pace
   */
  static FakeBackends start(Duration step) {
    try {
      return new FakeBackends(
          ServerBuilder.forPort(0)
              .addService(new Tokenizer())
              .addService(new Generator(step))
              .build()
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private static final class Tokenizer extends TokenizerServiceGrpc.TokenizerServiceImplBase {
    @Override
    public void listModels(
        io.weft.proto.tokenizer.v1.ListModelsRequest request,
        StreamObserver<io.weft.proto.tokenizer.v1.ListModelsResponse> call) {
      call.onNext(
          io.weft.proto.tokenizer.v1.ListModelsResponse.newBuilder().addModels(INFO).build());
      call.onCompleted();
    }

    @Override
    public void encodeChat(EncodeChatRequest request, StreamObserver<EncodeChatResponse> call) {
      call.onNext(
          EncodeChatResponse.newBuilder()
              .addIds(Integer.parseInt(request.getMessages(0).getContent()))
              .build());
      call.onCompleted();
    }
  }

  private static final class Generator extends GeneratorServiceGrpc.GeneratorServiceImplBase {
    private final Duration step;

    Generator(Duration step) {
      this.step = step;
    }

    @Override
    public void listModels(
        io.weft.proto.generator.v1.ListModelsRequest request,
        StreamObserver<io.weft.proto.generator.v1.ListModelsResponse> call) {
      call.onNext(
          io.weft.proto.generator.v1.ListModelsResponse.newBuilder().addModels(INFO).build());
      call.onCompleted();
    }

    @Override
    public void getLoad(GetLoadRequest request, StreamObserver<GetLoadResponse> call) {
      call.onNext(GetLoadResponse.getDefaultInstance());
      call.onCompleted();
    }

    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateResponse> observer) {
      ServerCallStreamObserver<GenerateResponse> call =
          (ServerCallStreamObserver<GenerateResponse>) observer;
      call.onNext(
          GenerateResponse.newBuilder()
              .setAccepted(Accepted.newBuilder().setPromptTokens(1))
              .build());
      if (step.isPositive()) {
        int tokens = request.getStop().getMaxTokens();
        call.setOnCancelHandler(() -> {});
        Thread.ofVirtual().start(() -> pace(call, tokens));
      } else {
        Answer answer = new Answer(request, call);
        call.setOnReadyHandler(answer);
        answer.run();
      }
    }

    private void pace(ServerCallStreamObserver<GenerateResponse> call, int tokens) {
      long next = System.nanoTime();
      for (int i = 0; i < tokens && !call.isCancelled(); i++) {
        call.onNext(token(System.nanoTime() + " ", 0));
        next += step.toNanos();
        LockSupport.parkNanos(next - System.nanoTime());
      }
      call.onNext(finished(tokens));
      call.onCompleted();
    }
  }

  private static GenerateResponse token(String text, int id) {
    return GenerateResponse.newBuilder()
        .setDelta(Delta.newBuilder().setText(text).addIds(id))
        .build();
  }

  private static GenerateResponse finished(int tokens) {
    return GenerateResponse.newBuilder()
        .setFinished(
            Finished.newBuilder()
                .setReason(FinishReason.FINISH_REASON_LENGTH)
                .setUsage(Usage.newBuilder().setCompletionTokens(tokens)))
        .build();
  }

  /** One answer; gRPC runs it whenever the caller takes more, never twice at once. */
  private static final class Answer implements Runnable {
    private final ServerCallStreamObserver<GenerateResponse> call;
    private final int tokens;
    private final GenerateResponse token;
    private int sent;

    Answer(GenerateRequest request, ServerCallStreamObserver<GenerateResponse> call) {
      this.call = call;
      this.tokens = request.getStop().getMaxTokens();
      this.token = token(request.getPromptIds(0) + " ", request.getPromptIds(0));
    }

    @Override
    public void run() {
      while (call.isReady() && sent < tokens) {
        call.onNext(token);
        sent++;
      }
      if (sent == tokens) {
        sent++;
        call.onNext(finished(tokens));
        call.onCompleted();
      }
    }
  }
}
