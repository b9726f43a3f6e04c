package io.weft.gateway.replica;

import io.grpc.CallOptions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a call needs of a replica. One object a call: all attempts of the call share it, so that
 * each goes to a replica that the call has not been to.
 */
public final class Route {
  /** Where a call's options hold it. */
  public static final CallOptions.Key<Route> KEY = CallOptions.Key.create("weft-route");

  private final String model;
  private final long cost;
  private final Prefix prefix;
  private final @Nullable Replica only;
  private final Set<Replica> tried = ConcurrentHashMap.newKeySet();
  private final AtomicInteger attempts = new AtomicInteger();

  private Route(String model, long cost, Prefix prefix, @Nullable Replica only) {
    this.model = model;
    this.cost = cost;
    this.prefix = prefix;
    this.only = only;
  }

  /**
   * To the replica with the least work.
   *
   * @param model what it must have loaded; "" for nothing in particular
   * @param cost how much work this is, at least 1: tokens or sequences
   */
  public static Route leastWork(String model, long cost) {
    return new Route(model, cost, Prefix.NONE, null);
  }

  /** To the replica that has seen the beginning of a prompt, unless it has too much to do. */
  public static Route byPrefix(String model, long cost, Prefix prefix) {
    return new Route(model, cost, prefix, null);
  }

  /** To this one and no other; a question that is no work. */
  public static Route only(Replica replica) {
    return new Route("", 0, Prefix.NONE, replica);
  }

  /** How often the call has been sent. */
  public int attempts() {
    return attempts.get();
  }

  String model() {
    return model;
  }

  long cost() {
    return cost;
  }

  Prefix prefix() {
    return prefix;
  }

  @Nullable Replica only() {
    return only;
  }

  boolean hasTried(Replica replica) {
    return tried.contains(replica);
  }

  void started(Replica replica) {
    attempts.incrementAndGet();
    tried.add(replica);
  }
}
