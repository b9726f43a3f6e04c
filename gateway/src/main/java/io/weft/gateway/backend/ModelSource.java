package io.weft.gateway.backend;

import io.weft.gateway.replica.Replicas;
import io.weft.gateway.replica.Route;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** A backend whose replicas say which models they have loaded. */
interface ModelSource {
  /** Its replicas. */
  Replicas replicas();

  /**
   * The models that a replica has loaded, by name.
   *
   * @param limit longest time to wait for the answer
   * @param route which replica is asked
   */
  List<ModelDescription> listModels(Duration limit, Route route);

  /**
   * What a replica holds, running and waiting, in the unit of {@link Route#cost}; empty for
   * backends of which only the gateway's own calls count.
   *
   * @param models that it has loaded
   */
  OptionalLong work(Duration limit, Route route, List<ModelDescription> models);

  /**
   * Tries to connect at once instead of at the end of gRPC's back-off, which grows to 2 minutes.
   */
  void reconnect();
}
