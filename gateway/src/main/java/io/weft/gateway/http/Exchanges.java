package io.weft.gateway.http;

import io.grpc.Context;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.GatewayConfig;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import io.weft.runtime.limit.AdmissionLimit;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.Duration;
import java.util.function.Function;

/** Opens an {@link Exchange} for each request, within the bounds of the whole gateway. */
@Singleton
public final class Exchanges {
  private static final String TOO_MANY_REQUESTS = "429";
  private static final String UNAVAILABLE = "503";

  private final GatewayMetrics metrics;
  private final AccessLog accessLog;
  private final Drain drain;
  private final long maxBodySize;
  private final long maxHeldBodies;
  private final Duration slowReaderTimeout;
  private final AdmissionLimit requests;
  private final HeldBodies bodies;

  Exchanges(GatewayMetrics metrics, AccessLog accessLog, Drain drain, GatewayConfig config) {
    this.metrics = metrics;
    this.accessLog = accessLog;
    this.drain = drain;
    this.maxBodySize = config.maxBodySize().asLongValue();
    this.maxHeldBodies = config.maxHeldBodies().asLongValue();
    this.slowReaderTimeout = config.slowReaderTimeout();
    this.requests = new AdmissionLimit(config.maxRequests(), Long.MAX_VALUE, config.retryAfter());
    this.bodies = new HeldBodies(maxHeldBodies, config.retryAfter());
  }

  /** Answers one request. */
  @FunctionalInterface
  public interface Answer {
    /** Returns the response, or throws what {@code error/} makes one of. */
    Response to(Exchange exchange);
  }

  /**
   * Answers a request on the calling thread, with all calls to backends tied to the client's
   * connection.
   *
   * @param route the route's template, as metrics call it
   */
  public Response answer(RoutingContext routing, String route, Answer answer) {
    Exchange exchange =
        new Exchange(
            routing, route, metrics, accessLog, bodies, admit(route, Exchanges::httpStatus));
    exchange.begin();
    UnreadAnswer.watch(exchange, slowReaderTimeout);
    Context previous = exchange.calls().attach();
    try {
      return answer.to(exchange);
    } finally {
      exchange.calls().detach(previous);
    }
  }

  /**
   * Opens a gRPC call, within the same bounds.
   *
   * @param method its full name, which metrics use as the route
   * @param tenant whose work it is
   * @throws WeftException.Unavailable while the gateway is stopping
   * @throws WeftException.Overloaded when too many requests are open
   */
  public CallExchange open(String method, String tenant) {
    return new CallExchange(
        method, tenant, metrics, accessLog, bodies, admit(method, e -> Statuses.code(e).name()));
  }

  /** The body of a request, bounded; reading it may throw what {@code error/} answers. */
  public InputStream body(Exchange exchange, InputStream raw) {
    return new RequestBody(raw, maxBodySize, maxHeldBodies, exchange);
  }

  private AdmissionLimit.Permit admit(String route, Function<WeftException, String> status) {
    try {
      drain.checkOpen();
      return requests.admit(0);
    } catch (WeftException.Unavailable | WeftException.Overloaded e) {
      metrics.requestRefused(route, status.apply(e));
      throw e;
    }
  }

  private static String httpStatus(WeftException refusal) {
    return refusal instanceof WeftException.Overloaded ? TOO_MANY_REQUESTS : UNAVAILABLE;
  }
}
