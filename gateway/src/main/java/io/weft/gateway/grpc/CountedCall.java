package io.weft.gateway.grpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.vertx.core.Vertx;
import io.weft.gateway.http.CallExchange;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a call's exchange open until its client has what was sent. A call is closed when its answer
 * is handed to the network, where all of it waits for the client to read: such an answer is counted
 * like a request's bytes, and a client that does not take it in time has its call reset.
 *
 * <p>Thread-safe: the call's thread sends and closes, gRPC's tell of the end.
 */
final class CountedCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
  /** How slowly an answer may be read: it has some time, and a second more for so many bytes. */
  private static final long BYTES_A_SECOND = 262_144;

  private static final long MS_A_SECOND = 1_000;

  private final CallExchange exchange;
  private final Runnable reset;
  private final Vertx vertx;
  private final Duration patience;

  @GuardedBy("this")
  private long answerBytes;

  @GuardedBy("this")
  private @Nullable Status closed;

  @GuardedBy("this")
  private long timer = -1;

  @GuardedBy("this")
  private boolean ended;

  /**
   * @param reset resets the call, closed or not
   * @param patience how long even the smallest answer may wait for its client
   */
  CountedCall(
      ServerCall<Q, R> call,
      CallExchange exchange,
      Runnable reset,
      Vertx vertx,
      Duration patience) {
    super(call);
    this.exchange = exchange;
    this.reset = reset;
    this.vertx = vertx;
    this.patience = patience;
  }

  @Override
  public void sendMessage(R message) {
    if (getMethodDescriptor().getType().serverSendsOneMessage()) {
      try {
        hold(message);
      } catch (WeftException.Overloaded e) {
        refuse(e);
        return;
      }
    }
    super.sendMessage(message);
  }

  /** Counts the answer in place of the request, which is done with. */
  private synchronized void hold(R answer) {
    answerBytes = WireProtos.bytes(answer).available();
    exchange.giveBack();
    exchange.hold(answerBytes);
  }

  /** Closes the call with the status of a failure. */
  void refuse(WeftException failure) {
    StatusRuntimeException status = Statuses.toStatus(failure);
    Metadata trailers = status.getTrailers();
    close(status.getStatus(), trailers == null ? new Metadata() : trailers);
  }

  /** Only the first time counts: what a refused answer's method says afterwards does not. */
  @Override
  public void close(Status status, Metadata trailers) {
    synchronized (this) {
      if (closed != null) {
        return;
      }
      closed = status;
      if (!ended) {
        long ms = patience.toMillis() + answerBytes * MS_A_SECOND / BYTES_A_SECOND;
        timer = vertx.setTimer(Math.max(1, ms), _ -> reset.run());
      }
    }
    super.close(status, trailers);
  }

  /**
   * gRPC has told of the call's end.
   *
   * @param delivered whether its client has all that was sent
   */
  void ended(boolean delivered) {
    Status status;
    synchronized (this) {
      ended = true;
      if (timer >= 0) {
        vertx.cancelTimer(timer);
      }
      status = closed == null || (closed.isOk() && !delivered) ? Status.CANCELLED : closed;
    }
    exchange.close(status.getCode().name());
  }
}
