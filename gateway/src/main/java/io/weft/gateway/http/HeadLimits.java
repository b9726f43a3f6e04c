package io.weft.gateway.http;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.error.WeftException;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * Bounds what comes before a body: the request's URI and its headers. What passes Vert.x' own
 * bounds, which are four times as high by default, is answered without any words.
 */
@Singleton
final class HeadLimits {
  /** After the drain of bodies, before the keys are looked for. */
  private static final int PRIORITY = 95;

  private final ErrorResponses errors;
  private final long maxHeaders;
  private final long maxUri;

  HeadLimits(GatewayConfig config, ErrorResponses errors) {
    this.errors = errors;
    this.maxHeaders = config.maxHeaderSize().asLongValue();
    this.maxUri = config.maxUriLength();
  }

  void register(@Observes Filters filters) {
    filters.register(this::check, PRIORITY);
  }

  private void check(RoutingContext routing) {
    HttpServerRequest request = routing.request();
    long headers = 0;
    for (Map.Entry<String, String> header : request.headers()) {
      headers += header.getKey().length() + header.getValue().length();
    }
    if (request.uri().length() > maxUri) {
      errors.send(
          routing,
          tooLarge(
              ErrorResponses.URI_TOO_LONG,
              "the request's URI has %,d characters, the limit is %,d"
                  .formatted(request.uri().length(), maxUri)));
    } else if (headers > maxHeaders) {
      errors.send(
          routing,
          tooLarge(
              ErrorResponses.HEADERS_TOO_LARGE,
              "the headers have %,d bytes, the limit is %,d".formatted(headers, maxHeaders)));
    } else {
      routing.next();
    }
  }

  private static WeftException tooLarge(String reason, String message) {
    return new WeftException.InvalidRequest(reason, message, Map.of());
  }
}
