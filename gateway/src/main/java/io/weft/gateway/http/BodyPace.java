package io.weft.gateway.http;

import io.weft.gateway.error.ErrorResponses;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How slowly a body may come: it has some time, and a second more for each KiB of it. One that
 * comes byte by byte would hold a place among the open requests for as long as its client likes,
 * and some hundred of them all places. Used by the request's thread.
 */
final class BodyPace {
  /** What even the smallest body has; nothing at all for so long ends it in any case. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long BYTES_A_SECOND = 1_024;

  private final LongSupplier clock;
  private final long beganNs;

  /**
   * @param clock tells the time in nanoseconds
   */
  BodyPace(LongSupplier clock) {
    this.clock = clock;
    this.beganNs = clock.getAsLong();
  }

  /**
   * Checks a body of which there are so many bytes by now.
   *
   * @throws WeftException.InvalidRequest when it comes too slowly
   */
  void check(long bytes) {
    Duration taken = Duration.ofNanos(clock.getAsLong() - beganNs);
    if (taken.compareTo(PATIENCE.plusSeconds(bytes / BYTES_A_SECOND)) > 0) {
      throw new WeftException.InvalidRequest(
          ErrorResponses.BODY_TOO_SLOW,
          "the body has come for %,d s and has %,d bytes so far, it must be faster"
              .formatted(taken.toSeconds(), bytes),
          Map.of());
    }
  }
}
