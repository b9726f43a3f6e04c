package io.weft.gateway.replica;

import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.Status;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.util.Set;

/** Tells a replica, and the route, when an attempt of a call begins and how it ends. */
final class CallTracer extends ClientStreamTracer.Factory {
  /** Reasons of refusals that hold for all calls, until the replica answers the watch again. */
  private static final Set<String> REFUSES_ALL = Set.of("STOPPING", "STARTING");

  private final Replica replica;
  private final Route route;

  CallTracer(Replica replica, Route route) {
    this.replica = replica;
    this.route = route;
  }

  @Override
  public ClientStreamTracer newClientStreamTracer(
      ClientStreamTracer.StreamInfo info, Metadata headers) {
    route.started(replica);
    replica.begin(route.cost());
    return new Tracer();
  }

  /** gRPC calls it on one thread at a time. */
  private final class Tracer extends ClientStreamTracer {
    private Metadata trailers = new Metadata();

    @Override
    public void inboundTrailers(Metadata received) {
      trailers = received;
    }

    @Override
    public void streamClosed(Status status) {
      replica.end(route.cost(), status);
      if (status.getCode() == Status.Code.UNAVAILABLE
          && Statuses.fromStatus(status.asRuntimeException(trailers))
              instanceof WeftException.Unavailable refusal
          && REFUSES_ALL.contains(refusal.reason())) {
        replica.silent();
      }
    }
  }
}
