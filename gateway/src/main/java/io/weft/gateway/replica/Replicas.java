package io.weft.gateway.replica;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** The replicas of one backend that are known now. Thread-safe; the balancer adds and removes. */
public final class Replicas {
  private final LongSupplier clockNs;
  private final Map<String, Replica> byAddress = new ConcurrentHashMap<>();
  private final ReplicaChoice choice;

  /**
   * @param affinityFactor see {@link ReplicaChoice}
   */
  Replicas(double affinityFactor) {
    this(affinityFactor, System::nanoTime);
  }

  Replicas(double affinityFactor, LongSupplier clockNs) {
    this.clockNs = clockNs;
    this.choice = new ReplicaChoice(affinityFactor);
  }

  /** All, connected or not. */
  public List<Replica> all() {
    return List.copyOf(byAddress.values());
  }

  /** Those that calls can reach now. */
  public List<Replica> connected() {
    return byAddress.values().stream().filter(Replica::isConnected).toList();
  }

  ReplicaChoice choice() {
    return choice;
  }

  Replica get(String address) {
    return byAddress.computeIfAbsent(address, a -> new Replica(a, clockNs));
  }

  void retain(Collection<String> addresses) {
    byAddress.keySet().retainAll(addresses);
  }
}
