package io.weft.gateway.http;

import io.grpc.Context;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.error.ErrorResponses;
import io.weft.gateway.security.Caller;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.limit.AdmissionLimit;
import java.util.Map;

/**
 * One request and its response, from arrival until the response has ended or the client has closed
 * its connection, whichever is first. All calls to backends run in its gRPC context, so both end
 * what still runs for it.
 */
public final class Exchange {
  /** What a log probability takes in memory until its answer is sent, about. */
  private static final int BYTES_A_LOGPROB = 96;

  private final RoutingContext routing;
  private final String route;
  private final GatewayMetrics metrics;
  private final AccessLog accessLog;
  private final HeldBodies heldBodies;
  private final AdmissionLimit.Permit permit;
  private final Caller caller;
  private final Context.CancellableContext calls;
  private final long startedNs = System.nanoTime();
  private final String trace = AccessLog.currentTrace();
  private long bodyBytes;
  private boolean ended;
  private volatile long firstTokenNs = -1;
  private volatile boolean broken;
  private volatile boolean whole;
  private volatile boolean streaming;

  Exchange(
      RoutingContext routing,
      String route,
      GatewayMetrics metrics,
      AccessLog accessLog,
      HeldBodies heldBodies,
      AdmissionLimit.Permit permit) {
    this.routing = routing;
    this.route = route;
    this.metrics = metrics;
    this.accessLog = accessLog;
    this.heldBodies = heldBodies;
    this.permit = permit;
    this.caller = Caller.of(routing);
    this.calls = Context.ROOT.withValue(Caller.CONTEXT, caller).withCancellation();
  }

  /** Watches for the end of the response and of the connection. */
  void begin() {
    metrics.requestOpened();
    routing.addEndHandler(_ -> end());
    if (routing.response().closed()) {
      end();
    }
  }

  /** Notes the first text of a generation, once. Called by the request's thread only. */
  public void firstToken(String model) {
    if (firstTokenNs < 0) {
      firstTokenNs = System.nanoTime() - startedNs;
      metrics.firstToken(model, firstTokenNs);
    }
  }

  /** Whose work this is: see {@link Caller}. */
  public String tenant() {
    return caller.tenant();
  }

  /** Ends all calls to backends that still run for this exchange. */
  void cancelCalls() {
    calls.cancel(null);
  }

  /**
   * Drops the connection, or of several streams on one this one, with what the client has not read.
   * Vert.x' own close would wait for it.
   */
  void closeConnection() {
    HttpConnection connection = routing.request().connection();
    if (routing.request().version() != HttpVersion.HTTP_2
        && connection instanceof ConnectionBase open) {
      var _ = open.channelHandlerContext().close();
    } else {
      routing.response().reset();
    }
  }

  Context.CancellableContext calls() {
    return calls;
  }

  RoutingContext routing() {
    return routing;
  }

  /** Counts body bytes as they arrive, until the exchange ends. */
  synchronized void holdBody(long bytes) {
    if (ended) {
      throw new WeftException.Cancelled("the client closed its connection");
    }
    heldBodies.take(bytes);
    bodyBytes += bytes;
  }

  /**
   * Counts log probabilities that are kept until the whole answer is sent, as bytes that the
   * request holds.
   *
   * @throws WeftException.InvalidRequest when this request alone would hold more than all may
   * @throws WeftException.Overloaded when all open requests hold too much
   */
  public synchronized void holdLogprobs(long count) {
    if (count == 0) {
      return;
    }
    long bytes = count * BYTES_A_LOGPROB;
    if (bodyBytes + bytes > heldBodies.limit()) {
      throw new WeftException.InvalidRequest(
          "ANSWER_TOO_LARGE",
          "the answer has so many log probabilities that it takes %,d bytes of memory or more, the limit is %,d"
              .formatted(bodyBytes + bytes, heldBodies.limit()),
          Map.of());
    }
    holdBody(bytes);
  }

  /** Notes that the answer is a stream of events, which waits for its client itself. */
  void markStreaming() {
    streaming = true;
  }

  boolean isStreaming() {
    return streaming;
  }

  /** Notes that a stream that had begun ended with an error event. */
  void markBroken() {
    broken = true;
  }

  /** Notes that the terminal event is on its way: what the client closes after it is no loss. */
  void markWhole() {
    whole = true;
  }

  private void end() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      heldBodies.giveBack(bodyBytes);
    }
    boolean sent = whole || routing.response().ended();
    calls.cancel(null);
    permit.close();
    int status = sent ? routing.response().getStatusCode() : ErrorResponses.CLIENT_CLOSED_REQUEST;
    metrics.requestClosed(route, status, broken);
    accessLog.write(
        new AccessLog.Entry(
            route,
            broken ? status + "-broken" : Integer.toString(status),
            caller.tenant(),
            trace,
            System.nanoTime() - startedNs,
            firstTokenNs));
  }
}
