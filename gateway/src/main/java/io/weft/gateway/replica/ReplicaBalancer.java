package io.weft.gateway.replica;

import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.Status;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Holds a connection to every replica and picks one for each call ({@link ReplicaChoice}). gRPC
 * calls it on one thread at a time, its pickers on any.
 *
 * <p>A replica that could not be connected counts as lost until it is: calls do not wait for it
 * while gRPC tries again.
 */
final class ReplicaBalancer extends LoadBalancer {
  private final Helper helper;
  private final Map<SocketAddress, Connection> connections = new HashMap<>();
  private @Nullable Replicas replicas;

  ReplicaBalancer(Helper helper) {
    this.helper = helper;
  }

  @Override
  public Status acceptResolvedAddresses(ResolvedAddresses resolved) {
    Replicas known = resolved.getAttributes().get(ReplicaResolver.REPLICAS);
    if (known == null || resolved.getAddresses().isEmpty()) {
      return Status.UNAVAILABLE.withDescription("no replica is known");
    }
    replicas = known;
    Map<SocketAddress, Connection> gone = new HashMap<>(connections);
    for (EquivalentAddressGroup group : resolved.getAddresses()) {
      SocketAddress address = group.getAddresses().getFirst();
      if (gone.remove(address) == null && !connections.containsKey(address)) {
        connections.put(address, new Connection(group, known));
      }
    }
    gone.forEach(
        (address, connection) -> {
          connections.remove(address);
          connection.close();
        });
    known.retain(
        connections.values().stream().map(connection -> connection.replica.address()).toList());
    connections.values().forEach(Connection::start);
    update();
    return Status.OK;
  }

  @Override
  public void handleNameResolutionError(Status error) {
    if (connections.isEmpty()) {
      helper.updateBalancingState(
          ConnectivityState.TRANSIENT_FAILURE, new FixedResultPicker(PickResult.withError(error)));
    }
  }

  @Override
  public void requestConnection() {
    connections.values().forEach(connection -> connection.subchannel.requestConnection());
  }

  @Override
  public void shutdown() {
    connections.values().forEach(Connection::close);
    connections.clear();
  }

  private void update() {
    if (replicas == null) {
      return;
    }
    Map<Replica, Subchannel> ready = new HashMap<>();
    Status failure = Status.UNAVAILABLE;
    boolean hopeful = false;
    for (Connection connection : connections.values()) {
      switch (connection.state.getState()) {
        case READY -> ready.put(connection.replica, connection.subchannel);
        case IDLE, CONNECTING -> hopeful = true;
        case TRANSIENT_FAILURE -> failure = connection.state.getStatus();
        case SHUTDOWN -> {}
      }
    }
    if (!ready.isEmpty()) {
      helper.updateBalancingState(
          ConnectivityState.READY, new ReplicaPicker(ready, replicas.choice()));
    } else if (hopeful) {
      helper.updateBalancingState(
          ConnectivityState.CONNECTING, new FixedResultPicker(PickResult.withNoResult()));
    } else {
      helper.updateBalancingState(
          ConnectivityState.TRANSIENT_FAILURE,
          new FixedResultPicker(PickResult.withError(failure)));
    }
  }

  /** One replica's connection. */
  private final class Connection {
    private final Replica replica;
    private final Subchannel subchannel;
    private ConnectivityStateInfo state = ConnectivityStateInfo.forNonError(ConnectivityState.IDLE);
    private boolean started;

    Connection(EquivalentAddressGroup group, Replicas replicas) {
      replica = replicas.get(ReplicaResolver.text(group.getAddresses().getFirst()));
      subchannel =
          helper.createSubchannel(
              CreateSubchannelArgs.newBuilder().setAddresses(List.of(group)).build());
    }

    void start() {
      if (!started) {
        started = true;
        subchannel.start(this::changed);
        subchannel.requestConnection();
      }
    }

    void close() {
      subchannel.shutdown();
      replica.setConnected(false);
    }

    private void changed(ConnectivityStateInfo now) {
      ConnectivityState next = now.getState();
      if (next == ConnectivityState.SHUTDOWN) {
        return;
      }
      if (next == ConnectivityState.TRANSIENT_FAILURE || next == ConnectivityState.IDLE) {
        helper.refreshNameResolution();
      }
      if (next == ConnectivityState.IDLE) {
        subchannel.requestConnection();
      }
      if (state.getState() == ConnectivityState.TRANSIENT_FAILURE
          && (next == ConnectivityState.CONNECTING || next == ConnectivityState.IDLE)) {
        return;
      }
      state = now;
      replica.setConnected(next == ConnectivityState.READY);
      update();
    }
  }

  /** Picks among those that are connected. */
  private static final class ReplicaPicker extends SubchannelPicker {
    private final Map<Replica, Subchannel> ready;
    private final List<Replica> replicas;
    private final ReplicaChoice choice;

    ReplicaPicker(Map<Replica, Subchannel> ready, ReplicaChoice choice) {
      this.ready = ready;
      this.replicas = new ArrayList<>(ready.keySet());
      this.choice = choice;
    }

    @Override
    public PickResult pickSubchannel(PickSubchannelArgs call) {
      Route route = call.getCallOptions().getOption(Route.KEY);
      if (route == null) {
        route = Route.leastWork("", 1);
      }
      Replica only = route.only();
      Replica replica = only == null ? choice.choose(replicas, route) : only;
      Subchannel subchannel = ready.get(replica);
      return subchannel == null
          ? PickResult.withError(Status.UNAVAILABLE.withDescription("the replica was lost"))
          : PickResult.withSubchannel(subchannel, new CallTracer(replica, route));
    }
  }
}
