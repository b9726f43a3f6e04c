package io.weft.runtime.grpc;

import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.opentelemetry.context.Scope;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs the calls of a service on virtual threads, so that its methods may block. Each call's events
 * run one after the other, in the order in which they came, and none is lost.
 *
 * <p>Services register it ({@code @RegisterInterceptor}) and do without Quarkus' {@code
 * RunOnVirtualThread}: that one's listener (3.33) looks whether its method runs and then keeps the
 * event for it, in two steps, while the virtual thread looks for kept events and then says that it
 * is done, in two steps too. When they interleave, the event is kept and nobody comes for it. If it
 * is the end of the request the method never runs, and the caller waits for its deadline. Cold
 * code, as in the first calls of a process, makes the gap wide.
 *
 * <p>Nor are the threads those of Quarkus. They share the Vert.x context of the call with the event
 * loop, and Quarkus keeps gRPC's current context there: an event told while a method runs would
 * take the method's context away, and with it its deadline and cancellation.
 */
@Singleton
public final class VirtualThreadCalls implements ServerInterceptor {
  private static final Logger LOG = Logger.getLogger(VirtualThreadCalls.class);

  private final Executor threads;

  /** On threads that nobody else has. */
  public VirtualThreadCalls() {
    this(Executors.newVirtualThreadPerTaskExecutor());
  }

  /**
   * @param threads runs each task on a thread of its own
   */
  VirtualThreadCalls(Executor threads) {
    this.threads = threads;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    OrderedListener<Q> listener =
        new OrderedListener<>(call, MoreExecutors.newSequentialExecutor(threads));
    listener.inOrder(() -> listener.start(() -> next.startCall(call, headers)));
    return listener;
  }

  /** Hands each event to the call's own listener, in order. */
  private static final class OrderedListener<Q> extends ServerCall.Listener<Q> {
    private final ServerCall<?, ?> call;

    /** One task at a time, each seeing what those before it wrote. */
    private final Executor inOrder;

    /** Only used by tasks; null when the call could not start. */
    private ServerCall.@Nullable Listener<Q> delegate;

    /** Only used by tasks: whether the call was closed for a failure. */
    private boolean failed;

    /** With the call's span, which starting it makes current on one thread; tasks have others. */
    private io.opentelemetry.context.Context trace = io.opentelemetry.context.Context.root();

    OrderedListener(ServerCall<?, ?> call, Executor inOrder) {
      this.call = call;
      this.inOrder = inOrder;
    }

    private void start(Supplier<ServerCall.Listener<Q>> call) {
      delegate = call.get();
      trace = io.opentelemetry.context.Context.current();
    }

    private void inOrder(Runnable event) {
      inOrder.execute(Context.current().wrap(() -> run(event)));
    }

    private void run(Runnable event) {
      try {
        event.run();
      } catch (RuntimeException | Error e) {
        failed = true;
        if (isBrokenMessage(e)) {
          close(
              Statuses.toStatus(
                  new WeftException.InvalidRequest(
                      "INVALID_MESSAGE", "the message is no valid protobuf", Map.of())));
        } else {
          LOG.error("call failed", e);
          close(Statuses.toStatus(e));
        }
      }
    }

    /** What gRPC says of bytes that are not of the method's request: its caller's fault. */
    private static boolean isBrokenMessage(Throwable failure) {
      return failure instanceof StatusRuntimeException status
          && status.getStatus().getCause() instanceof InvalidProtocolBufferException;
    }

    private void close(StatusRuntimeException failure) {
      try {
        Metadata trailers = failure.getTrailers();
        call.close(failure.getStatus(), trailers == null ? new Metadata() : trailers);
      } catch (IllegalStateException closed) {
        LOG.debug("the call that failed was closed already", closed);
      }
    }

    private void pass(Consumer<ServerCall.Listener<Q>> event) {
      inOrder(
          () -> {
            if (delegate != null) {
              try (Scope _ = trace.makeCurrent()) {
                event.accept(delegate);
              }
            }
          });
    }

    @Override
    public void onMessage(Q message) {
      passUnlessFailed(listener -> listener.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      passUnlessFailed(ServerCall.Listener::onHalfClose);
    }

    /** What would go on with the call, or answer it once more. */
    private void passUnlessFailed(Consumer<ServerCall.Listener<Q>> event) {
      pass(
          listener -> {
            if (!failed) {
              event.accept(listener);
            }
          });
    }

    @Override
    public void onCancel() {
      pass(ServerCall.Listener::onCancel);
    }

    @Override
    public void onComplete() {
      pass(ServerCall.Listener::onComplete);
    }

    @Override
    public void onReady() {
      pass(ServerCall.Listener::onReady);
    }
  }
}
