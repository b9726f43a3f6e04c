package io.weft.gateway.backend;

import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractBlockingStub;
import io.weft.gateway.replica.Route;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;

/**
 * Unary calls to one backend. They block, and end when the gRPC context that they run in is
 * cancelled, or its deadline passes.
 */
final class BackendStub<S extends AbstractBlockingStub<S>> {
  private final Backend backend;
  private final Channel channel;
  private final S stub;
  private final BackendMetrics metrics;

  BackendStub(Backend backend, Channel channel, Function<Channel, S> stub, BackendMetrics metrics) {
    this.backend = backend;
    this.channel = channel;
    this.stub = stub.apply(channel);
    this.metrics = metrics;
  }

  /**
   * Makes a call.
   *
   * @param limit longest time to wait for the answer, all attempts together
   * @param param what the HTTP request calls the inputs, for errors; empty without any
   * @param route which replica it may go to; for this call alone
   */
  <T> T call(Duration limit, String param, Route route, Function<S, T> call) {
    try {
      return call.apply(stub.withDeadlineAfter(limit).withOption(Route.KEY, route));
    } catch (StatusRuntimeException e) {
      throw ApiTerms.translate(
          BackendFailures.of(backend, limit, Context.current(), e),
          Map.of("inputs", param, "ids", param));
    } finally {
      for (int i = 1; i < route.attempts(); i++) {
        metrics.moved(backend);
      }
    }
  }

  /** See {@link ModelSource#reconnect}. */
  void reconnect() {
    if (channel instanceof ManagedChannel managed) {
      managed.resetConnectBackoff();
    }
  }
}
