package io.weft.gateway.http;

import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.error.WeftException;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * Answers requests that Vert.x refuses before any route or filter sees them, as one without a Host.
 * Quarkus would answer in a shape of its own and log each as an error, which is the client's.
 */
@Singleton
final class BadRequests {
  private static final int BAD_REQUEST = 400;

  private final ErrorResponses errors;

  BadRequests(ErrorResponses errors) {
    this.errors = errors;
  }

  void register(@Observes Router router) {
    router.route().order(Integer.MIN_VALUE).failureHandler(this::answer);
  }

  private void answer(RoutingContext routing) {
    if (routing.statusCode() != BAD_REQUEST || routing.response().headWritten()) {
      routing.next();
      return;
    }
    errors.send(
        routing,
        new WeftException.InvalidRequest(
            "BAD_REQUEST", "the request's URI or its Host header makes no sense", Map.of()));
  }
}
