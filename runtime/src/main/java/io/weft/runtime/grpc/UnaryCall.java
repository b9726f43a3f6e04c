package io.weft.runtime.grpc;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Runs the body of a unary RPC and ends the call exactly once, with its answer or its status. */
public final class UnaryCall {
  private static final Logger LOG = Logger.getLogger(UnaryCall.class);

  private UnaryCall() {}

  /** Answers with what {@code body} returns, or with the status of what it throws. */
  public static <T> void answer(StreamObserver<T> call, Supplier<T> body) {
    T response;
    try {
      response = body.get();
    } catch (RuntimeException | Error e) {
      fail(call, e);
      return;
    }
    call.onNext(response);
    call.onCompleted();
  }

  /** Ends a call with the status of a failure; faults of ours are logged with their stack. */
  public static void fail(StreamObserver<?> call, Throwable failure) {
    StatusRuntimeException status = Statuses.toStatus(failure);
    if (status.getStatus().getCode() == Status.Code.INTERNAL) {
      LOG.error("call failed", failure);
    }
    call.onError(status);
  }
}
