package io.weft.e2e;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.tokenizer.v1.EncodeChatRequest;
import io.weft.proto.tokenizer.v1.EncodeChatResponse;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.EncodeResponse;
import io.weft.proto.tokenizer.v1.EncodeResult;
import io.weft.proto.tokenizer.v1.Encoding;
import io.weft.proto.tokenizer.v1.ListModelsRequest;
import io.weft.proto.tokenizer.v1.ListModelsResponse;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A tokenizer, an encoder and a generator in one process, whose work costs a fixed time and no
 * processor: many of them fit on one machine, and what is measured in front of them is the gateway.
 * Every answer tells which worker gave it.
 *
 * <p>A process of its own, so that it can be killed: {@code main HOST:PORT NUMBER ENCODE_MS
 * TOKEN_MS}.
 */
final class FakeWorker implements AutoCloseable {
  static final String MODEL = "fixed";

  static final ModelInfo INFO =
      ModelInfo.newBuilder()
          .setName(MODEL)
          .setFamily("decoder")
          .addTasks("generate")
          .addTasks("embed")
          .setDtype("none")
          .setContextLength(1 << 20)
          .setHiddenSize(2)
          .setVocabularyHash("00")
          .build();

  private final Server server;

  private FakeWorker(Server server) {
    this.server = server;
  }

  public static void main(String[] arguments) throws Exception {
    int colon = arguments[0].lastIndexOf(':');
    InetSocketAddress address =
        new InetSocketAddress(
            arguments[0].substring(0, colon), Integer.parseInt(arguments[0].substring(colon + 1)));
    FakeWorker worker =
        start(
            address,
            Integer.parseInt(arguments[1]),
            Integer.parseInt(arguments[2]),
            Integer.parseInt(arguments[3]));
    System.out.println("ready");
    worker.server.awaitTermination();
  }

  private static FakeWorker start(InetSocketAddress address, int number, int encodeMs, int tokenMs)
      throws IOException {
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    return new FakeWorker(
        NettyServerBuilder.forAddress(address)
            .executor(threads)
            // As the services have it.
            .permitKeepAliveTime(5, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .keepAliveTime(10, TimeUnit.SECONDS)
            .maxInboundMessageSize(32 << 20)
            .addService(new Tokenizer())
            .addService(new FakeWorkerEncoder(number, encodeMs))
            .addService(new FakeWorkerGenerator(number, tokenMs))
            .build()
            .start());
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  /** One token a word. */
  private static final class Tokenizer extends TokenizerServiceGrpc.TokenizerServiceImplBase {
    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
      call.onNext(ListModelsResponse.newBuilder().addModels(INFO).build());
      call.onCompleted();
    }

    @Override
    public void encode(EncodeRequest request, StreamObserver<EncodeResponse> call) {
      EncodeResponse.Builder response = EncodeResponse.newBuilder();
      request
          .getInputsList()
          .forEach(
              input ->
                  response.addResults(
                      EncodeResult.newBuilder()
                          .setEncoding(Encoding.newBuilder().addAllIds(words(input.getText())))));
      call.onNext(response.build());
      call.onCompleted();
    }

    @Override
    public void encodeChat(EncodeChatRequest request, StreamObserver<EncodeChatResponse> call) {
      EncodeChatResponse.Builder response = EncodeChatResponse.newBuilder();
      request.getMessagesList().forEach(message -> response.addAllIds(words(message.getContent())));
      call.onNext(response.build());
      call.onCompleted();
    }

    private static List<Integer> words(String text) {
      List<Integer> ids = new ArrayList<>();
      for (String word : text.strip().split("\\s+", -1)) {
        ids.add(word.hashCode() & 0xFFFF);
      }
      return ids;
    }
  }
}
