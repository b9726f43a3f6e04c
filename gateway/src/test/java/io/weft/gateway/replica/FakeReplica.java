package io.weft.gateway.replica;

import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weft.proto.encoder.v1.EmbedRequest;
import io.weft.proto.encoder.v1.EmbedResponse;
import io.weft.proto.encoder.v1.EncoderServiceGrpc;
import io.weft.runtime.grpc.UnaryCall;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An encoder on a loopback address, which does what a test tells it and counts its calls. */
final class FakeReplica extends EncoderServiceGrpc.EncoderServiceImplBase implements AutoCloseable {
  final AtomicInteger calls = new AtomicInteger();

  /** Returns, or throws what the call fails with. */
  volatile Behaviour behaviour = () -> {};

  private final String host;
  private final int port;
  private Server server;

  /** What a call does before it is answered. */
  @FunctionalInterface
  interface Behaviour {
    void run() throws Exception;
  }

  private FakeReplica(String host, int port) throws IOException {
    this.host = host;
    this.server = open(port);
    this.port = server.getPort();
  }

  static FakeReplica start(String host, int port) throws IOException {
    return new FakeReplica(host, port);
  }

  private Server open(int port) throws IOException {
    return NettyServerBuilder.forAddress(new InetSocketAddress(host, port))
        .executor(Executors.newVirtualThreadPerTaskExecutor())
        .addService(this)
        .build()
        .start();
  }

  @Override
  public void embed(EmbedRequest request, StreamObserver<EmbedResponse> observer) {
    calls.incrementAndGet();
    try {
      behaviour.run();
      if (!((ServerCallStreamObserver<EmbedResponse>) observer).isCancelled()) {
        observer.onNext(EmbedResponse.getDefaultInstance());
        observer.onCompleted();
      }
    } catch (StatusRuntimeException e) {
      observer.onError(e);
    } catch (Exception e) {
      UnaryCall.fail(observer, e);
    }
  }

  int port() {
    return port;
  }

  String address() {
    return host + ":" + port();
  }

  /** Ends with all its connections, as a killed process does. */
  void kill() throws InterruptedException {
    server.shutdownNow();
    server.awaitTermination(5, TimeUnit.SECONDS);
  }

  /** Listens on the same port again. */
  void restart() throws IOException {
    server = open(port);
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
