package io.weft.gateway.http;

import io.grpc.Context;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.limit.AdmissionLimit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One request and its response, from arrival until the response has ended or the client has closed
 * its connection, whichever is first. All calls to backends run in its gRPC context, so both end
 * what still runs for it.
 */
public final class Exchange {
  private final RoutingContext routing;
  private final String route;
  private final GatewayMetrics metrics;
  private final HeldBodies heldBodies;
  private final AdmissionLimit.Permit permit;
  private final Context.CancellableContext calls = Context.ROOT.withCancellation();
  private final long startedNs = System.nanoTime();
  private final AtomicLong bodyBytes = new AtomicLong();
  private final AtomicBoolean ended = new AtomicBoolean();
  private boolean firstTokenSeen;
  private volatile boolean broken;

  Exchange(
      RoutingContext routing,
      String route,
      GatewayMetrics metrics,
      HeldBodies heldBodies,
      AdmissionLimit.Permit permit) {
    this.routing = routing;
    this.route = route;
    this.metrics = metrics;
    this.heldBodies = heldBodies;
    this.permit = permit;
  }

  /** Watches for the end of the response and of the connection. */
  void begin() {
    metrics.requestOpened();
    routing.addEndHandler(_ -> end());
    if (routing.response().closed()) {
      end();
    }
  }

  /** Whether the client closed its connection, or the response has ended. */
  public boolean hasEnded() {
    return ended.get();
  }

  /** Notes the first text of a generation, once. Called by the request's thread only. */
  public void firstToken(String model) {
    if (!firstTokenSeen) {
      firstTokenSeen = true;
      metrics.firstToken(model, System.nanoTime() - startedNs);
    }
  }

  /** Ends all calls to backends that still run for this exchange. */
  void cancelCalls() {
    calls.cancel(null);
  }

  Context.CancellableContext calls() {
    return calls;
  }

  RoutingContext routing() {
    return routing;
  }

  /** Counts body bytes as they arrive, until the exchange ends. */
  void holdBody(long bytes) {
    heldBodies.take(bytes);
    bodyBytes.addAndGet(bytes);
  }

  /** Notes that a stream that had begun ended with an error event. */
  void markBroken() {
    broken = true;
  }

  private void end() {
    if (!ended.compareAndSet(false, true)) {
      return;
    }
    calls.cancel(null);
    heldBodies.giveBack(bodyBytes.get());
    permit.close();
    boolean sent = routing.response().ended();
    metrics.requestClosed(
        route,
        sent ? routing.response().getStatusCode() : ErrorResponses.CLIENT_CLOSED_REQUEST,
        broken);
  }
}
