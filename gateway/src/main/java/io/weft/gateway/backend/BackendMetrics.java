package io.weft.gateway.backend;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;

/** Counts what becomes of calls to backends. */
@Singleton
final class BackendMetrics {
  private final MeterRegistry registry;

  BackendMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** A call goes to a replica after another one failed, or was too slow. */
  void moved(Backend backend) {
    Counter.builder("weft.gateway.retries")
        .description("Calls that were begun again at another replica, or at the same")
        .tag("backend", backend.toString())
        .register(registry)
        .increment();
  }
}
