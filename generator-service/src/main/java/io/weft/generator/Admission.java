package io.weft.generator;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weft.generator.engine.GenerationRequest;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.limit.AdmissionLimit;

/**
 * Decides which requests a model takes: those that wait, run, or are not read yet count, by number
 * and by prompt tokens. Thread-safe.
 */
final class Admission {
  private final AdmissionLimit limit;
  private final MeterRegistry registry;
  private final String model;

  /** Registers its metrics. */
  Admission(GeneratorConfig config, MeterRegistry registry, String model) {
    this.limit =
        new AdmissionLimit(
            config.maxQueuedRequests(),
            config.maxQueuedTokens(),
            config.tenantShare(),
            config.retryAfter());
    this.registry = registry;
    this.model = model;
    Gauge.builder("weft.generator.held.requests", limit, AdmissionLimit::requests)
        .description("Requests that wait, run, or are not read yet")
        .tag("model", model)
        .register(registry);
    Gauge.builder("weft.generator.held.tokens", limit, AdmissionLimit::tokens)
        .description("Prompt tokens of requests that wait, run, or are not read yet")
        .tag("model", model)
        .register(registry);
  }

  /**
   * Takes a request; closing the permit gives its room back.
   *
   * @throws WeftException.Overloaded when the limit, or its tenant's, is reached
   */
  AdmissionLimit.Permit admit(GenerationRequest request) {
    try {
      return limit.admit(request.tenant(), request.prompt().givenTokens());
    } catch (WeftException.Overloaded e) {
      Counter.builder("weft.generator.refused.requests")
          .description("Requests refused because the queue, or their tenant's part of it, was full")
          .tag("model", model)
          .tag("reason", e.reason())
          .register(registry)
          .increment();
      throw e;
    }
  }
}
