package io.weft.gateway.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.vertx.core.Vertx;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.http.CallExchange;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.security.ApiKeyInterceptor;
import io.weft.gateway.security.Caller;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import io.weft.runtime.grpc.VirtualThreadCalls;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;

/**
 * Runs the gateway's gRPC calls on virtual threads, within the bounds that REST requests have too:
 * API keys and their limits, calls open at once, bytes that they hold, none while the gateway
 * stops. Every service of the gateway registers it.
 */
@Singleton
public final class GatewayCalls implements ServerInterceptor {
  private static final Metadata.Key<String> MODEL =
      Metadata.Key.of("weft-model", Metadata.ASCII_STRING_MARSHALLER);

  /** Most messages within one, at all depths. */
  private static final int MAX_PARTS = 131_072;

  /** What each of them takes in memory, about. */
  private static final int BYTES_A_PART = 96;

  private final ApiKeyInterceptor keys;
  private final Exchanges exchanges;
  private final Vertx vertx;
  private final VirtualThreadCalls threads = new VirtualThreadCalls();
  private final Duration patience;
  private final Duration retryAfter;

  GatewayCalls(ApiKeyInterceptor keys, Exchanges exchanges, Vertx vertx, GatewayConfig config) {
    this.keys = keys;
    this.exchanges = exchanges;
    this.vertx = vertx;
    this.patience = config.slowReaderTimeout();
    this.retryAfter = config.retryAfter();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return keys.interceptCall(call, headers, (known, metadata) -> admit(known, metadata, next));
  }

  /** Opens a call whose caller is known. */
  private <Q, R> ServerCall.Listener<Q> admit(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    CallExchange exchange;
    try {
      exchange =
          exchanges.open(
              call.getMethodDescriptor().getFullMethodName(), Caller.CONTEXT.get().tenant());
    } catch (WeftException refused) {
      StatusRuntimeException status = Statuses.toStatus(refused);
      Metadata trailers = status.getTrailers();
      call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
      return new ServerCall.Listener<>() {};
    }
    String model = headers.get(MODEL);
    OpenCall open = new OpenCall(exchange, model == null ? "" : model, patience, retryAfter);
    // However the call ends, its context ends with it.
    Context.current().addListener(_ -> open.signal(), Runnable::run);
    CountedCall<Q, R> counted =
        new CountedCall<>(call, exchange, CallResets.current(), vertx, patience);
    ServerCallHandler<Q, R> onThreads =
        (started, metadata) -> threads.interceptCall(started, metadata, next);
    return new CallListener<>(
        Contexts.interceptCall(open.context(), counted, headers, onThreads), counted, open);
  }

  /**
   * Sees a call's events as gRPC tells them, while the call's own thread may wait: counts the
   * messages that are held, and wakes that thread. Its methods are called one at a time.
   */
  private static final class CallListener<Q> extends SimpleForwardingServerCallListener<Q> {
    private final CountedCall<Q, ?> call;
    private final OpenCall open;
    private boolean refused;

    CallListener(ServerCall.Listener<Q> listener, CountedCall<Q, ?> call, OpenCall open) {
      super(listener);
      this.call = call;
      this.open = open;
    }

    @Override
    public void onMessage(Q message) {
      if (refused) {
        return;
      }
      Status refusal = message instanceof WireProtos.Bytes bytes ? bytes.refusal() : null;
      if (refusal != null) {
        refused = true;
        call.close(refusal, new Metadata());
        return;
      }
      try {
        if (call.getMethodDescriptor().getType() == MethodType.BIDI_STREAMING) {
          // The next message is asked for when the one before it has been answered.
          open.exchange().giveBack();
        }
        open.exchange().hold(weight(message));
      } catch (WeftException.Overloaded | WeftException.InvalidRequest e) {
        refused = true;
        call.refuse(e);
        return;
      }
      super.onMessage(message);
    }

    /** What a message takes in memory, about, in bytes. */
    private long weight(Q message) {
      WireProtos.Bytes bytes = WireProtos.bytes(message);
      int parts = WireProtos.count(bytes, call.getMethodDescriptor());
      if (parts > MAX_PARTS) {
        throw new WeftException.InvalidRequest(
            "MESSAGE_TOO_LARGE",
            "the message has %,d messages within, the limit is %,d".formatted(parts, MAX_PARTS),
            Map.of());
      }
      return bytes.available() + (long) BYTES_A_PART * parts;
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }

    @Override
    public void onReady() {
      open.signal();
      super.onReady();
    }

    @Override
    public void onCancel() {
      call.ended(false);
      open.signal();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      call.ended(true);
      super.onComplete();
    }
  }
}
