package io.weft.runtime.health;

import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.quarkus.grpc.GlobalInterceptor;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import jakarta.inject.Singleton;

/**
 * What the standard health check answers for names that are no services here, as its <a
 * href="https://github.com/grpc/grpc/blob/master/doc/health-checking.md">protocol</a> wants it:
 * NOT_FOUND to Check, SERVICE_UNKNOWN to Watch, which stays open. Quarkus says UNKNOWN to both, and
 * keeps each name that was ever watched: callers could fill the memory with them.
 */
@Singleton
@GlobalInterceptor
final class UnknownServices implements ServerInterceptor {
  /** A status of the protocol's that Quarkus' contract lacks. */
  private static final int SERVICE_UNKNOWN = 3;

  private final GrpcHealthStorage storage;

  UnknownServices(GrpcHealthStorage storage) {
    this.storage = storage;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    ServerCall.Listener<Q> listener = next.startCall(call, headers);
    return HealthGrpc.SERVICE_NAME.equals(call.getMethodDescriptor().getServiceName())
        ? new KnownOnly<>(call, listener)
        : listener;
  }

  /** Keeps requests of unknown services from the endpoint. */
  private final class KnownOnly<Q, R> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, R> call;
    private boolean answered;

    KnownOnly(ServerCall<Q, R> call, ServerCall.Listener<Q> listener) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (message instanceof HealthCheckRequest request
          && !storage.getStatuses().containsKey(request.getService())) {
        answered = true;
        answer();
      } else {
        super.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (!answered) {
        super.onHalfClose();
      }
    }

    @SuppressWarnings("unchecked") // Watch's answers are of this type
    private void answer() {
      if (call.getMethodDescriptor().getType().serverSendsOneMessage()) {
        call.close(Status.NOT_FOUND.withDescription("no such service"), new Metadata());
      } else {
        call.sendHeaders(new Metadata());
        call.sendMessage(
            (R) HealthCheckResponse.newBuilder().setStatusValue(SERVICE_UNKNOWN).build());
      }
    }
  }
}
