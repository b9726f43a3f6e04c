package io.weft.gateway.http;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.GatewayConfig;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Reads and drops what is left of a request's body once it has been answered, as when the body was
 * refused halfway. Otherwise the next request on the connection would wait for ever behind it, and
 * a client that does not look at the answer before it has sent everything would never see it. What
 * goes on for too long ends with the connection.
 */
@Singleton
final class UnreadBodies {
  /** How much is dropped: this many times the largest body that would be taken. */
  static final int FACTOR = 8;

  private static final int PRIORITY = 100;

  private final long most;

  UnreadBodies(GatewayConfig config) {
    this.most = config.maxBodySize().asLongValue() * FACTOR;
  }

  void register(@Observes Filters filters) {
    filters.register(this::watch, PRIORITY);
  }

  private void watch(RoutingContext routing) {
    routing.addEndHandler(_ -> drop(routing.request()));
    routing.next();
  }

  private void drop(HttpServerRequest request) {
    if (request.isEnded()) {
      return;
    }
    if (request.bytesRead() == 0
        && request.headers().contains(HttpHeaders.EXPECT, HttpHeaders.CONTINUE, true)) {
      // Whether the body still comes is the client's choice: what follows could not be told apart.
      request.connection().close();
      return;
    }
    request.handler(
        _ -> {
          if (request.bytesRead() > most) {
            request.connection().close();
          }
        });
    request.resume();
  }
}
