package io.weft.gateway.backend;

import java.time.Duration;
import java.util.List;

/** A backend that says which models it has loaded. */
interface ModelSource {
  /**
   * The loaded models, by name.
   *
   * @param limit longest time to wait for the answer
   */
  List<ModelDescription> listModels(Duration limit);

  /**
   * Tries to connect at once instead of at the end of gRPC's back-off, which grows to 2 minutes.
   */
  void reconnect();
}
