package io.weft.gateway.fake;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** What the fakes need of grpc-java's own type of server calls. */
final class Calls {
  private Calls() {}

  static void onCancel(StreamObserver<?> call, Runnable handler) {
    ((ServerCallStreamObserver<?>) call).setOnCancelHandler(handler);
  }
}
