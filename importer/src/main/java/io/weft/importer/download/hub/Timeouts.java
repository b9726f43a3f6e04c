package io.weft.importer.download.hub;

import java.time.Duration;

/**
 * How long the hub may take.
 *
 * @param connect until a connection stands
 * @param answer until the headers of an answer are there
 * @param stall between two pieces of a body
 */
record Timeouts(Duration connect, Duration answer, Duration stall) {
  static final Timeouts DEFAULT =
      new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30));
}
