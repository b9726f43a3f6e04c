package io.weft.gateway.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weft.runtime.grpc.UnaryCall;
import java.util.function.Consumer;

/**
 * The answers of one server stream. The call's virtual thread sends them and waits while the caller
 * does not read, so that what makes them waits too.
 */
final class ReplyStream<R> {
  private final ServerCallStreamObserver<R> call;
  private final OpenCall open;

  private ReplyStream(ServerCallStreamObserver<R> call, OpenCall open) {
    this.call = call;
    this.open = open;
  }

  /** Runs the body of an RPC and ends the call once, well or with the status of what it throws. */
  static <R> void answer(StreamObserver<R> observer, Consumer<ReplyStream<R>> body) {
    ServerCallStreamObserver<R> call = (ServerCallStreamObserver<R>) observer;
    // With a handler, sending to a caller that is gone does nothing; without, it throws.
    call.setOnCancelHandler(() -> {});
    try {
      body.accept(new ReplyStream<>(call, OpenCall.current()));
    } catch (RuntimeException | Error e) {
      UnaryCall.fail(call, e);
      return;
    }
    call.onCompleted();
  }

  /**
   * Sends one answer, once the caller takes it.
   *
   * @throws io.weft.runtime.error.WeftException.Cancelled when it is gone
   */
  void send(R reply) {
    open.awaitReady(call);
    call.onNext(reply);
  }
}
