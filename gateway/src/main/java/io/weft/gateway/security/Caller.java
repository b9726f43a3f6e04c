package io.weft.gateway.security;

import io.grpc.Context;
import io.vertx.ext.web.RoutingContext;

/**
 * Who sent a request.
 *
 * @param tenant whose work the request is, so that backends can be fair between callers: the key's
 *     name where there are keys, else what tells callers apart without a proof; never a key
 * @param quota what it may still use
 */
public record Caller(String tenant, Quota quota) {
  /** Where calls that run for a request find its caller. */
  public static final Context.Key<Caller> CONTEXT = Context.key("caller");

  private static final String ROUTING = Caller.class.getName();

  /**
   * The caller that {@link ApiKeyFilter} let in.
   *
   * @throws IllegalStateException when the request did not pass it
   */
  public static Caller of(RoutingContext routing) {
    Caller caller = routing.get(ROUTING);
    if (caller == null) {
      throw new IllegalStateException("the request passed no check of its key");
    }
    return caller;
  }

  /** What the caller whose work runs on this thread may still use. */
  public static Quota currentQuota() {
    Caller caller = CONTEXT.get();
    return caller == null ? Quota.UNLIMITED : caller.quota();
  }

  void attachTo(RoutingContext routing) {
    routing.put(ROUTING, this);
  }
}
