package io.weft.gateway.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.UnaryCall;
import java.util.function.Function;

/**
 * Answers each message of a stream, in order. The next message is read when the one before it has
 * been answered and the client takes its answers, so that at most one is held. A message that
 * breaks a rule fails alone; what would fail all of them (no such model, a backend is away) ends
 * the stream with its status.
 *
 * <p>Its events come one after the other, on the call's virtual threads.
 */
final class ItemStream<Q, R> implements StreamObserver<Q> {
  private final ServerCallStreamObserver<R> call;
  private final Function<Q, R> answer;
  private final Function<WeftException, R> failed;
  private boolean waiting;
  private boolean ended;

  /**
   * Starts to read. Must be called by the RPC's method itself.
   *
   * @param answer answers a message or throws
   * @param failed makes an answer of the failure of one message
   */
  ItemStream(StreamObserver<R> call, Function<Q, R> answer, Function<WeftException, R> failed) {
    this.call = (ServerCallStreamObserver<R>) call;
    this.answer = answer;
    this.failed = failed;
    this.call.disableAutoRequest();
    this.call.setOnReadyHandler(this::ready);
    this.call.setOnCancelHandler(() -> ended = true);
    this.call.request(1);
  }

  @Override
  public void onNext(Q message) {
    if (ended) {
      return;
    }
    try {
      call.onNext(answerOf(message));
    } catch (RuntimeException | Error e) {
      ended = true;
      UnaryCall.fail(call, e);
      return;
    }
    waiting = true;
    ready();
  }

  private R answerOf(Q message) {
    try {
      return answer.apply(message);
    } catch (WeftException.InvalidRequest e) {
      if ("model".equals(e.metadata().get("param"))) {
        throw e;
      }
      return failed.apply(e);
    }
  }

  private void ready() {
    if (waiting && call.isReady()) {
      waiting = false;
      call.request(1);
    }
  }

  @Override
  public void onError(Throwable clientGone) {
    ended = true;
  }

  @Override
  public void onCompleted() {
    if (!ended) {
      call.onCompleted();
    }
  }
}
