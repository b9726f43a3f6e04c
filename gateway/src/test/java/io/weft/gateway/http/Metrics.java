package io.weft.gateway.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.Arc;

/** The gateway's metrics as they are now. */
final class Metrics {
  private Metrics() {}

  static int openRequests() {
    return gateway().openRequests();
  }

  static int openStreams() {
    return gateway().openStreams();
  }

  static double counter(String name, String... tags) {
    return registry().find(name).tags(tags).counters().stream().mapToDouble(Counter::count).sum();
  }

  static long timed(String name, String... tags) {
    return registry().find(name).tags(tags).timers().stream().mapToLong(t -> t.count()).sum();
  }

  private static MeterRegistry registry() {
    return Arc.container().instance(MeterRegistry.class).get();
  }

  private static GatewayMetrics gateway() {
    return Arc.container().instance(GatewayMetrics.class).get();
  }
}
