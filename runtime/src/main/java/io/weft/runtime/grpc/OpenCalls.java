package io.weft.runtime.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Counts the calls of the services that register it ({@code @RegisterInterceptor}), so that a
 * process which is told to end can refuse new ones and wait for those that run. A refused call has
 * done nothing: gateways send it to another replica. Thread-safe.
 */
@Singleton
public final class OpenCalls implements ServerInterceptor {
  private static final Logger LOG = Logger.getLogger(OpenCalls.class);

  /**
   * How long refusals are sent at least. Calls that were on their way are among those refused, and
   * a gateway that was refused sends no more; gRPC resets what arrives while its server closes.
   */
  private static final Duration REFUSING = Duration.ofMillis(250);

  private int open;
  private boolean refusing;
  private long refusingSinceNs;

  /** Refuses all calls that begin from now on. */
  public synchronized void refuse() {
    if (!refusing) {
      refusing = true;
      refusingSinceNs = System.nanoTime();
    }
  }

  /**
   * Refuses new calls, for a moment at least, and waits for those that run.
   *
   * @param grace longest time to wait
   */
  public synchronized void drain(Duration grace) throws InterruptedException {
    refuse();
    long end = System.nanoTime() + grace.toNanos();
    long told = refusingSinceNs + REFUSING.toNanos();
    while (true) {
      long left = (open > 0 ? end : Math.min(told, end)) - System.nanoTime();
      if (left <= 0) {
        break;
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    if (open > 0) {
      LOG.warnf("%d calls are cut off: not finished within %d ms", open, grace.toMillis());
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    if (!begin()) {
      StatusRuntimeException refusal =
          Statuses.toStatus(
              new WeftException.Unavailable("STOPPING", "the service is stopping", null));
      Metadata trailers = refusal.getTrailers();
      call.close(refusal.getStatus(), trailers == null ? new Metadata() : trailers);
      return new ServerCall.Listener<>() {};
    }
    try {
      return new Counted<>(next.startCall(call, headers));
    } catch (RuntimeException | Error e) {
      end();
      throw e;
    }
  }

  private synchronized boolean begin() {
    if (refusing) {
      return false;
    }
    open++;
    return true;
  }

  private synchronized void end() {
    open--;
    notifyAll();
  }

  /** Of one call; gRPC tells it of exactly one end. */
  private final class Counted<Q> extends SimpleForwardingServerCallListener<Q> {
    Counted(ServerCall.Listener<Q> listener) {
      super(listener);
    }

    @Override
    public void onComplete() {
      try {
        super.onComplete();
      } finally {
        end();
      }
    }

    @Override
    public void onCancel() {
      try {
        super.onCancel();
      } finally {
        end();
      }
    }
  }
}
