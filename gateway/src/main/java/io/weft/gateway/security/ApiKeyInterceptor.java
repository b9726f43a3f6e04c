package io.weft.gateway.security;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import io.weft.runtime.grpc.VirtualThreadCalls;
import jakarta.inject.Singleton;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Lets no call of gRPC through that shows no key, or whose key has no request left, and tells whose
 * the others are: {@link Caller#CONTEXT}. Every service of the gateway registers it.
 */
@Singleton
public final class ApiKeyInterceptor implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final KeyRing keys;
  private final VirtualThreadCalls threads = new VirtualThreadCalls();

  ApiKeyInterceptor(KeyRing keys) {
    this.keys = keys;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Caller caller;
    try {
      caller = keys.caller(authorization(headers));
    } catch (WeftException.Unauthenticated e) {
      return refuse(call, e);
    }
    return caller.quota().waits()
        // Not on the event loop: the count is asked for over the network.
        ? threads.interceptCall(
            call, headers, (started, metadata) -> begin(started, metadata, next, caller))
        : begin(call, headers, next, caller);
  }

  private static <Q, R> ServerCall.Listener<Q> begin(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next, Caller caller) {
    Quota.Permit permit;
    try {
      permit = caller.quota().begin();
    } catch (WeftException.Overloaded | WeftException.Unavailable e) {
      return refuse(call, e);
    }
    Context context = Context.current().withValue(Caller.CONTEXT, caller);
    try {
      return new Closing<>(Contexts.interceptCall(context, call, headers, next), permit);
    } catch (RuntimeException e) {
      permit.close();
      throw e;
    }
  }

  private static <Q> ServerCall.Listener<Q> refuse(ServerCall<Q, ?> call, WeftException refusal) {
    StatusRuntimeException failure = Statuses.toStatus(refusal);
    Metadata trailers = failure.getTrailers();
    call.close(failure.getStatus(), trailers == null ? new Metadata() : trailers);
    return new ServerCall.Listener<>() {};
  }

  /** Counts a call until it has ended, one way or the other. */
  private static final class Closing<Q> extends SimpleForwardingServerCallListener<Q> {
    private final Quota.Permit permit;

    Closing(ServerCall.Listener<Q> delegate, Quota.Permit permit) {
      super(delegate);
      this.permit = permit;
    }

    @Override
    public void onComplete() {
      permit.close();
      super.onComplete();
    }

    @Override
    public void onCancel() {
      permit.close();
      super.onCancel();
    }
  }

  /** The only such entry, as of HTTP. */
  private static @Nullable String authorization(Metadata headers) {
    Iterable<String> values = headers.getAll(AUTHORIZATION);
    if (values == null) {
      return null;
    }
    Iterator<String> each = values.iterator();
    String first = each.next();
    return each.hasNext() ? null : first;
  }
}
