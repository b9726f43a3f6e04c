package io.weft.gateway.tei;

import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.http.Exchanges;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.function.Function;

/** Answers requests within the bounds of the whole gateway, failures in the API's own shape. */
@Singleton
final class TeiAnswers {
  private final Exchanges exchanges;
  private final TeiErrors errors;

  TeiAnswers(Exchanges exchanges, TeiErrors errors) {
    this.exchanges = exchanges;
    this.errors = errors;
  }

  /**
   * Answers with what {@code answer} makes of the body, as JSON.
   *
   * @param route the route's path, as metrics call it
   */
  Response answer(
      RoutingContext routing,
      String route,
      InputStream body,
      Function<InputStream, Object> answer) {
    try {
      return exchanges.answer(
          routing,
          route,
          exchange ->
              Response.ok(
                      answer.apply(exchanges.body(exchange, body)), MediaType.APPLICATION_JSON_TYPE)
                  .build());
    } catch (RuntimeException e) {
      // Faults of ours too: nothing that these routes answer has another shape.
      return errors.response(e);
    }
  }
}
