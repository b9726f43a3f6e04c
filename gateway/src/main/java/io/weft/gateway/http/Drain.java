package io.weft.gateway.http;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.weft.gateway.GatewayConfig;
import io.weft.runtime.error.WeftException;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * The end of the gateway: not ready at once, after a delay no new request, and what is open may
 * finish within the grace period. Only this event of Quarkus comes before its servers close; it
 * waits for the observer, and sends it where {@code quarkus.shutdown.delay-enabled} is set.
 */
@Singleton
final class Drain {
  private static final Logger LOG = Logger.getLogger(Drain.class);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final GatewayMetrics metrics;
  private final Duration delay;
  private final Duration grace;
  private volatile boolean stopping;
  private volatile boolean closed;

  Drain(GatewayMetrics metrics, GatewayConfig config) {
    this.metrics = metrics;
    this.delay = config.shutdownDelay();
    this.grace = config.shutdownGrace();
  }

  /** Whether the gateway has been told to end. */
  boolean isStopping() {
    return stopping;
  }

  /**
   * Refuses what comes too late.
   *
   * @throws WeftException.Unavailable while the gateway is stopping, once its delay has passed
   */
  void checkOpen() {
    if (closed) {
      throw new WeftException.Unavailable("STOPPING", "the gateway is stopping", null);
    }
  }

  void stop(@Observes ShutdownDelayInitiatedEvent event) throws InterruptedException {
    stopping = true;
    Thread.sleep(delay);
    closed = true;
    long end = System.nanoTime() + grace.toNanos();
    while (metrics.openRequests() > 0 && System.nanoTime() < end) {
      Thread.sleep(PAUSE);
    }
    if (metrics.openRequests() > 0) {
      LOG.warnf(
          "%d requests are cut off: not finished within %d ms",
          metrics.openRequests(), grace.toMillis());
    }
  }
}
