package io.weft.gateway.security;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.error.WeftException;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets no request of HTTP through that shows no key, whatever its route, or whose key has no
 * request left, and tells whose the others are: see {@link Caller#of}.
 */
@Singleton
final class ApiKeyFilter {
  /** After the drain of bodies that nobody reads, which a refused request needs too. */
  private static final int PRIORITY = 90;

  private final KeyRing keys;
  private final ErrorResponses errors;
  private final PublicPaths publicPaths = new PublicPaths();

  ApiKeyFilter(KeyRing keys, ErrorResponses errors) {
    this.keys = keys;
    this.errors = errors;
  }

  void register(@Observes Filters filters) {
    filters.register(this::check, PRIORITY);
  }

  private void check(RoutingContext routing) {
    if (!publicPaths.contain(routing.request().method(), routing.normalizedPath())) {
      try {
        begin(routing, keys.caller(authorization(routing)));
      } catch (WeftException.Unauthenticated | WeftException.Overloaded e) {
        errors.send(routing, e);
        return;
      }
    }
    routing.next();
  }

  /** Counts the request, until it has ended, and has the answer tell what is left. */
  private static void begin(RoutingContext routing, Caller caller) {
    caller.attachTo(routing);
    routing.addHeadersEndHandler(
        _ -> caller.quota().headers().forEach(routing.response().headers()::set));
    Quota.Permit permit = caller.quota().begin();
    routing.addEndHandler(_ -> permit.close());
    if (routing.response().closed()) {
      permit.close();
    }
  }

  /** The only such header: of several, another server on the way could have taken another one. */
  private static @Nullable String authorization(RoutingContext routing) {
    List<String> values = routing.request().headers().getAll(HttpHeaders.AUTHORIZATION);
    return values.size() == 1 ? values.getFirst() : null;
  }
}
