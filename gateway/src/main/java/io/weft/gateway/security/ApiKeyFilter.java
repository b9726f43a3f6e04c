package io.weft.gateway.security;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Context;
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
    if (publicPaths.contain(routing.request().method(), routing.normalizedPath())) {
      routing.next();
      return;
    }
    Caller caller;
    try {
      caller = keys.caller(authorization(routing));
    } catch (WeftException.Unauthenticated e) {
      errors.send(routing, e);
      return;
    }
    caller.attachTo(routing);
    routing.addHeadersEndHandler(
        _ -> caller.quota().headers().forEach(routing.response().headers()::set));
    if (caller.quota().waits()) {
      Context context = routing.vertx().getOrCreateContext();
      Thread.ofVirtual()
          .name("count-request")
          .start(
              () -> {
                Runnable answer = begin(routing, caller);
                context.runOnContext(_ -> answer.run());
              });
    } else {
      begin(routing, caller).run();
    }
  }

  /**
   * Counts the request, until it has ended. May wait where the caller's quota does.
   *
   * @return what goes on with the request, on its event loop
   */
  private Runnable begin(RoutingContext routing, Caller caller) {
    Quota.Permit permit;
    try {
      permit = caller.quota().begin();
    } catch (WeftException.Overloaded | WeftException.Unavailable e) {
      return () -> errors.send(routing, e);
    }
    routing.addEndHandler(_ -> permit.close());
    if (routing.response().closed()) {
      permit.close();
    }
    return routing::next;
  }

  /** The only such header: of several, another server on the way could have taken another one. */
  private static @Nullable String authorization(RoutingContext routing) {
    List<String> values = routing.request().headers().getAll(HttpHeaders.AUTHORIZATION);
    return values.size() == 1 ? values.getFirst() : null;
  }
}
