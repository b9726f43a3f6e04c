package io.weft.encoder.testing;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Calls a unary RPC of a service object, without a connection. */
public final class Rpc {
  private Rpc() {}

  /** The answer; a failure is thrown as what the status says. */
  public static <Q, A> A call(BiConsumer<Q, StreamObserver<A>> rpc, Q request) {
    Caller<A> caller = new Caller<>();
    rpc.accept(request, caller);
    if (caller.failure instanceof StatusRuntimeException e) {
      throw Statuses.fromStatus(e);
    }
    if (caller.answer == null || !caller.completed) {
      throw new AssertionError("the call was not answered", caller.failure);
    }
    return caller.answer;
  }

  /** What a call failed with. */
  public static <Q, A> WeftException failure(BiConsumer<Q, StreamObserver<A>> rpc, Q request) {
    try {
      call(rpc, request);
    } catch (WeftException e) {
      return e;
    }
    throw new AssertionError("the call did not fail");
  }

  private static final class Caller<A> implements StreamObserver<A> {
    private @Nullable A answer;
    private @Nullable Throwable failure;
    private boolean completed;

    @Override
    public void onNext(A value) {
      answer = value;
    }

    @Override
    public void onError(Throwable t) {
      failure = t;
    }

    @Override
    public void onCompleted() {
      completed = true;
    }
  }
}
