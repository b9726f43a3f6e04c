package io.weft.generator;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weft.generator.engine.GenerationRequest;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.limit.AdmissionLimit;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides which requests a model takes: those that wait, run, or are not read yet count, by number
 * and by prompt tokens. Thread-safe.
 */
final class Admission {
  private final AdmissionLimit limit;

  /** By reason; there from the start, since a rate sees no counter's first value. */
  private final Map<String, Counter> refused;

  /** Registers its metrics. */
  Admission(GeneratorConfig config, MeterRegistry registry, String model) {
    this.limit =
        new AdmissionLimit(
            config.maxQueuedRequests(),
            config.maxQueuedTokens(),
            config.tenantShare(),
            config.retryAfter());
    this.refused =
        Stream.of(AdmissionLimit.QUEUE_FULL, AdmissionLimit.TENANT_QUEUE_FULL)
            .collect(
                Collectors.toUnmodifiableMap(
                    Function.identity(), reason -> refused(registry, model, reason)));
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
      Objects.requireNonNull(refused.get(e.reason())).increment();
      throw e;
    }
  }

  private static Counter refused(MeterRegistry registry, String model, String reason) {
    return Counter.builder("weft.generator.refused.requests")
        .description("Requests refused because the queue, or their tenant's part of it, was full")
        .tag("model", model)
        .tag("reason", reason)
        .register(registry);
  }
}
