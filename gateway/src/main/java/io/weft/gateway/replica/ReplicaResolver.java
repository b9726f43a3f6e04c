package io.weft.gateway.replica;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Looks up the places of a backend again and again, and at once when a connection was lost: gRPC's
 * own DNS resolver asks only then, so that it would never see a replica that was added. A host that
 * cannot be found now keeps the addresses that it had.
 *
 * <p>A thread of its own, the only one that looks up, waits between two looks.
 */
final class ReplicaResolver extends NameResolver {
  /** Whose replicas the addresses are. */
  static final Attributes.Key<Replicas> REPLICAS = Attributes.Key.create("weft-replicas");

  private static final Logger LOG = Logger.getLogger(ReplicaResolver.class);

  /** Least time between two looks, however often connections are lost. */
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final List<Place> places;
  private final HostLookup lookup;
  private final Duration interval;
  private final Replicas replicas;
  private final Map<Place, List<InetAddress>> found = new HashMap<>();
  private List<EquivalentAddressGroup> told = List.of();
  private @Nullable Thread thread;
  private boolean refresh;

  /**
   * @param places at least one
   * @param interval between two looks
   */
  ReplicaResolver(List<Place> places, HostLookup lookup, Duration interval, Replicas replicas) {
    this.places = places;
    this.lookup = lookup;
    this.interval = interval;
    this.replicas = replicas;
  }

  /** An address as logs and metrics show it. */
  static String text(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? new Place(inet.getAddress().getHostAddress(), inet.getPort()).authority()
        : address.toString();
  }

  @Override
  public String getServiceAuthority() {
    return places.getFirst().authority();
  }

  @Override
  public void start(Listener2 listener) {
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("replicas-" + getServiceAuthority())
            .start(() -> run(listener));
  }

  @Override
  public synchronized void refresh() {
    refresh = true;
    notifyAll();
  }

  @Override
  public void shutdown() {
    if (thread != null) {
      thread.interrupt();
    }
  }

  private void run(Listener2 listener) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        look(listener);
        Thread.sleep(PAUSE.compareTo(interval) < 0 ? PAUSE : interval);
        awaitRefresh();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void awaitRefresh() throws InterruptedException {
    long end = System.nanoTime() + interval.minus(PAUSE).toNanos();
    long left = end - System.nanoTime();
    while (!refresh && left > 0) {
      wait(Math.max(1, left / 1_000_000));
      left = end - System.nanoTime();
    }
    refresh = false;
  }

  private void look(Listener2 listener) throws InterruptedException {
    String problem = "";
    for (Place place : places) {
      try {
        found.put(place, lookup.all(place.host()));
      } catch (UnknownHostException e) {
        problem = "%s cannot be found: %s".formatted(place.host(), e.getMessage());
        LOG.debug(problem);
      }
    }
    List<EquivalentAddressGroup> groups = groups();
    if (groups.isEmpty()) {
      listener.onError(Status.UNAVAILABLE.withDescription(problem));
    } else if (!groups.equals(told)) {
      told = groups;
      LOG.debugf("%s: %s", getServiceAuthority(), groups);
      listener.onResult(
          ResolutionResult.newBuilder()
              .setAddressesOrError(StatusOr.fromValue(groups))
              .setAttributes(Attributes.newBuilder().set(REPLICAS, replicas).build())
              .build());
    }
  }

  private List<EquivalentAddressGroup> groups() {
    Map<SocketAddress, EquivalentAddressGroup> groups = new LinkedHashMap<>();
    for (Place place : places) {
      for (InetAddress address : found.getOrDefault(place, List.of())) {
        SocketAddress socket = new InetSocketAddress(address, place.port());
        groups.putIfAbsent(
            socket,
            new EquivalentAddressGroup(
                socket,
                Attributes.newBuilder()
                    .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, place.authority())
                    .build()));
      }
    }
    return new ArrayList<>(groups.values());
  }
}
