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

/**
 * A tokenizer and a generator that take no time, so that a gateway before them is all there is to
 * measure. A prompt's only token id is the number that its text is; the answer is that number again
 * and again, {@code max_tokens} times, as fast as the caller takes it.
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
    try {
      return new FakeBackends(
          ServerBuilder.forPort(0)
              .addService(new Tokenizer())
              .addService(new Generator())
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
      Answer answer = new Answer(request, call);
      call.setOnReadyHandler(answer);
      answer.run();
    }
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
      this.token =
          GenerateResponse.newBuilder()
              .setDelta(
                  Delta.newBuilder()
                      .setText(request.getPromptIds(0) + " ")
                      .addIds(request.getPromptIds(0)))
              .build();
    }

    @Override
    public void run() {
      while (call.isReady() && sent < tokens) {
        call.onNext(token);
        sent++;
      }
      if (sent == tokens) {
        sent++;
        call.onNext(
            GenerateResponse.newBuilder()
                .setFinished(
                    Finished.newBuilder()
                        .setReason(FinishReason.FINISH_REASON_LENGTH)
                        .setUsage(Usage.newBuilder().setCompletionTokens(tokens)))
                .build());
        call.onCompleted();
      }
    }
  }
}
