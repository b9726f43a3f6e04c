package io.weft.gateway.replica;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Which of the connected replicas a call goes to. Those are left out, as long as others remain,
 * which lack the model, which the call has been to, which do not answer or refuse, and whose calls
 * fail. Of the rest: the one that has seen the beginning of the prompt, unless it has too much to
 * do; else the one with the least work, and of several the next in turn.
 *
 * <p>"Too much" as in consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam,
 * 2016): more than a factor times the mean of all, and one.
 *
 * <p>Thread-safe.
 */
final class ReplicaChoice {
  private final double affinityFactor;
  private final PrefixMap prefixes = new PrefixMap();
  private final AtomicInteger turn = new AtomicInteger();

  /**
   * @param affinityFactor at least 1
   */
  ReplicaChoice(double affinityFactor) {
    this.affinityFactor = affinityFactor;
  }

  /**
   * Chooses.
   *
   * @param connected at least one
   */
  Replica choose(List<Replica> connected, Route route) {
    List<Replica> left = connected;
    left = preferred(left, replica -> !replica.lacks(route.model()));
    left = preferred(left, replica -> !route.hasTried(replica));
    left = preferred(left, Replica::isServing);
    left = preferred(left, replica -> !replica.isEjected());
    Replica holder = prefixes.holder(route.prefix(), left);
    Replica chosen = holder != null && holder.load() <= most(left) ? holder : withLeastWork(left);
    prefixes.put(route.prefix(), chosen);
    return chosen;
  }

  private static List<Replica> preferred(List<Replica> replicas, Predicate<Replica> wanted) {
    if (replicas.size() == 1) {
      return replicas;
    }
    List<Replica> preferred = replicas.stream().filter(wanted).toList();
    return preferred.isEmpty() ? replicas : preferred;
  }

  private double most(List<Replica> replicas) {
    return 1 + affinityFactor * replicas.stream().mapToLong(Replica::load).average().orElse(0);
  }

  private Replica withLeastWork(List<Replica> replicas) {
    int first = Math.floorMod(turn.getAndIncrement(), replicas.size());
    Replica best = replicas.get(first);
    long least = best.load();
    for (int i = 1; i < replicas.size(); i++) {
      Replica replica = replicas.get((first + i) % replicas.size());
      long load = replica.load();
      if (load < least) {
        best = replica;
        least = load;
      }
    }
    return best;
  }
}
