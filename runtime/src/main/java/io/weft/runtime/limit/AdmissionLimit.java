package io.weft.runtime.limit;

import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Bounds the work that a service holds at one time, queued and running, by requests and by tokens.
 * Full means an immediate {@link WeftException.Overloaded}: nothing ever waits to be admitted.
 *
 * <p>Where callers have names, none of them can take all the room. A tenant may hold less than
 * {@code share / (1 - share)} times what is free, of requests and of tokens: {@code share} of all
 * when it is alone, the less the more others hold, and there is always some room for one that comes
 * new (Choudhury and Hahne, Dynamic Queue Length Thresholds for Shared-Memory Packet Switches,
 * 1998).
 *
 * <p>Thread-safe.
 */
public final class AdmissionLimit {
  /** The reason of a refusal: nobody can be admitted. */
  public static final String QUEUE_FULL = "QUEUE_FULL";

  /** The reason of a refusal: this tenant cannot be admitted. */
  public static final String TENANT_QUEUE_FULL = "TENANT_QUEUE_FULL";

  private final int maxRequests;
  private final long maxTokens;
  private final double tenantShare;
  private final Duration retryAfter;

  /** By tenant; only those that hold something. */
  private final Map<String, Held> tenants = new HashMap<>();

  private final Held all = new Held();

  /** What is held. */
  private static final class Held {
    private int requests;
    private long tokens;

    private void add(int more, long moreTokens) {
      requests += more;
      tokens += moreTokens;
    }
  }

  /**
   * A limit for callers without names.
   *
   * @param maxRequests most requests held at once, at least 1
   * @param maxTokens most tokens held at once, at least 1; one request larger than this is still
   *     admitted when nothing else is held, so that a bound on tokens never makes a request
   *     impossible
   * @param retryAfter what a refused caller is told to wait
   */
  public AdmissionLimit(int maxRequests, long maxTokens, Duration retryAfter) {
    this(maxRequests, maxTokens, 1, retryAfter);
  }

  /**
   * A limit that is shared between tenants.
   *
   * @param tenantShare the part that a tenant may have when it is alone, above 0 and at most 1;
   *     with 1 there is no bound on a tenant
   */
  public AdmissionLimit(int maxRequests, long maxTokens, double tenantShare, Duration retryAfter) {
    if (maxRequests < 1 || maxTokens < 1 || !(tenantShare > 0 && tenantShare <= 1)) {
      throw new IllegalArgumentException(
          "limits must be positive, a share at most 1: %d requests, %d tokens, share %s"
              .formatted(maxRequests, maxTokens, tenantShare));
    }
    this.maxRequests = maxRequests;
    this.maxTokens = maxTokens;
    this.tenantShare = tenantShare;
    this.retryAfter = retryAfter;
  }

  /** Admits one request of {@code size} tokens of nobody in particular. */
  public Permit admit(long size) {
    return admit("", size);
  }

  /** Admits one request of {@code size} tokens; closing the permit gives its share back. */
  public synchronized Permit admit(String tenant, long size) {
    if (all.requests >= maxRequests) {
      throw full(
          QUEUE_FULL,
          "%,d requests are queued or running, the limit is %,d"
              .formatted(all.requests, maxRequests));
    }
    if (all.requests > 0 && all.tokens + size > maxTokens) {
      throw full(
          QUEUE_FULL,
          "%,d tokens are queued or running, %,d more would pass the limit of %,d"
              .formatted(all.tokens, size, maxTokens));
    }
    checkShare(tenants.getOrDefault(tenant, new Held()));
    all.add(1, size);
    tenants.computeIfAbsent(tenant, _ -> new Held()).add(1, size);
    return new Permit(tenant, size);
  }

  private void checkShare(Held held) {
    if (exceeds(held.requests, maxRequests - all.requests)) {
      throw full(
          TENANT_QUEUE_FULL,
          "%,d requests of this caller are queued or running, the rest of %,d is kept for others"
              .formatted(held.requests, maxRequests));
    }
    if (exceeds(held.tokens, maxTokens - all.tokens)) {
      throw full(
          TENANT_QUEUE_FULL,
          "%,d tokens of this caller are queued or running, the rest of %,d is kept for others"
              .formatted(held.tokens, maxTokens));
    }
  }

  private boolean exceeds(long held, long free) {
    return held > 0 && held * (1 - tenantShare) >= tenantShare * Math.max(0, free);
  }

  private WeftException.Overloaded full(String reason, String message) {
    return new WeftException.Overloaded(reason, message, retryAfter);
  }

  /** Requests held now. */
  public synchronized int requests() {
    return all.requests;
  }

  /** Tokens held now. */
  public synchronized long tokens() {
    return all.tokens;
  }

  /** Tenants that hold something now. */
  public synchronized int tenants() {
    return tenants.size();
  }

  private synchronized void release(String tenant, long size) {
    all.add(-1, -size);
    tenants.computeIfPresent(
        tenant,
        (_, held) -> {
          held.add(-1, -size);
          return held.requests == 0 ? null : held;
        });
  }

  /** The right to be in the service. Closing twice releases once. */
  public final class Permit implements AutoCloseable {
    private final String tenant;
    private final long size;
    private boolean released;

    private Permit(String tenant, long size) {
      this.tenant = tenant;
      this.size = size;
    }

    @Override
    public void close() {
      synchronized (AdmissionLimit.this) {
        if (released) {
          return;
        }
        released = true;
        release(tenant, size);
      }
    }
  }
}
