package io.weft.gateway.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** The gateway's own metrics, beside those that Quarkus keeps of HTTP and the JVM. */
@Singleton
public final class GatewayMetrics {
  private static final Duration[] TTFT_BUCKETS = {
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2_500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30)
  };

  private final MeterRegistry registry;
  private final AtomicInteger openRequests = new AtomicInteger();
  private final AtomicInteger openStreams = new AtomicInteger();

  GatewayMetrics(MeterRegistry registry) {
    this.registry = registry;
    Gauge.builder("weft.gateway.open.requests", openRequests::get)
        .description("Requests that are being answered, streams included")
        .register(registry);
    Gauge.builder("weft.gateway.open.streams", openStreams::get)
        .description("Streams of events that are being sent")
        .register(registry);
  }

  int openRequests() {
    return openRequests.get();
  }

  int openStreams() {
    return openStreams.get();
  }

  void requestOpened() {
    openRequests.incrementAndGet();
  }

  /**
   * A request is over.
   *
   * @param status what was answered; 499 when the client closed its connection before the end
   * @param broken whether a stream that had begun ended with an error event
   */
  void requestClosed(String route, int status, boolean broken) {
    openRequests.decrementAndGet();
    count(route, Integer.toString(status), broken);
  }

  /**
   * A gRPC call is over.
   *
   * @param status the name of its code
   */
  void callClosed(String method, String status) {
    openRequests.decrementAndGet();
    count(method, status, false);
  }

  /** A request was refused before it was opened. */
  void requestRefused(String route, String status) {
    count(route, status, false);
  }

  private void count(String route, String status, boolean broken) {
    Counter.builder("weft.gateway.requests")
        .description(
            "Requests by route and status, of HTTP or gRPC; broken are event streams that ended with an error")
        .tag("route", route)
        .tag("status", status)
        .tag("broken", Boolean.toString(broken))
        .register(registry)
        .increment();
  }

  void streamOpened() {
    openStreams.incrementAndGet();
  }

  void streamClosed() {
    openStreams.decrementAndGet();
  }

  void firstToken(String model, long nanoseconds) {
    Timer.builder("weft.gateway.time.to.first.token")
        .description("From the request's arrival to the first text that is sent or collected")
        .tag("model", model)
        .serviceLevelObjectives(TTFT_BUCKETS)
        .register(registry)
        .record(Duration.ofNanos(nanoseconds));
  }
}
