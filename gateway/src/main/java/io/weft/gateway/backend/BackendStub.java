package io.weft.gateway.backend;

import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractBlockingStub;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/**
 * Unary calls to one backend. They block, and end when the gRPC context that they run in is
 * cancelled.
 */
final class BackendStub<S extends AbstractBlockingStub<S>> {
  private final Backend backend;
  private final Channel channel;
  private final S stub;

  BackendStub(Backend backend, Channel channel, Function<Channel, S> stub) {
    this.backend = backend;
    this.channel = channel;
    this.stub = stub.apply(channel);
  }

  /**
   * Makes a call.
   *
   * @param limit longest time to wait for the answer
   * @param param what the HTTP request calls the inputs, for errors; empty without any
   */
  <T> T call(Duration limit, String param, Function<S, T> call) {
    try {
      return call.apply(stub.withDeadlineAfter(limit));
    } catch (StatusRuntimeException e) {
      throw ApiTerms.translate(
          BackendFailures.of(backend, limit, Context.current(), e),
          Map.of("inputs", param, "ids", param));
    }
  }

  /** See {@link ModelSource#reconnect}. */
  void reconnect() {
    if (channel instanceof ManagedChannel managed) {
      managed.resetConnectBackoff();
    }
  }
}
