package io.weft.gateway.replica;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Leaves a replica out after failures in a row, as Envoy's outlier detection does with consecutive
 * errors: each time for twice as long, up to {@link #LONGEST}. After that it gets calls again, and
 * the first one decides: a success closes the circuit for good, a failure opens it again.
 *
 * <p>Thread-safe.
 */
final class Circuit {
  /** Failures in a row that open it. */
  static final int FAILURES = 5;

  static final Duration SHORTEST = Duration.ofSeconds(2);
  static final Duration LONGEST = Duration.ofSeconds(30);

  private final LongSupplier clockNs;
  private int failures;
  private int openings;
  private long closedAtNs;
  private boolean open;

  /**
   * @param clockNs as {@link System#nanoTime}
   */
  Circuit(LongSupplier clockNs) {
    this.clockNs = clockNs;
  }

  synchronized void success() {
    failures = 0;
    openings = 0;
    open = false;
  }

  synchronized void failure() {
    if (isOpen()) {
      return;
    }
    failures++;
    if (failures >= FAILURES) {
      open = true;
      closedAtNs = clockNs.getAsLong() + duration(openings).toNanos();
      openings++;
    }
  }

  /** Whether the replica is left out now. */
  synchronized boolean isOpen() {
    return open && clockNs.getAsLong() - closedAtNs < 0;
  }

  /** As if nothing had happened: another process may listen there now. */
  void reset() {
    success();
  }

  private static Duration duration(int openings) {
    Duration doubled = SHORTEST.multipliedBy(1L << Math.min(openings, 16));
    return doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
  }
}
