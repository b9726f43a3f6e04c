package io.weft.tokenizer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.weft.runtime.limit.AdmissionLimit;
import io.weft.tokenizer.encode.ReplyMemory;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The service's metrics. The label {@code model} only ever holds names of loaded models. */
@ApplicationScoped
class TokenizerMetrics {
  private static final String MODEL = "model";

  private final MeterRegistry registry;

  TokenizerMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Shows how much work is held. */
  void watch(AdmissionLimit admission, ReplyMemory replies) {
    Gauge.builder("weft.tokenizer.held.requests", admission, AdmissionLimit::requests)
        .description("Requests queued or running")
        .register(registry);
    Gauge.builder("weft.tokenizer.held.tokens", admission, AdmissionLimit::tokens)
        .description("Tokens queued or running, estimated from the texts' sizes")
        .register(registry);
    Gauge.builder("weft.tokenizer.reply.memory", replies, ReplyMemory::held)
        .description("Memory of the replies being made, estimated from their tokens")
        .baseUnit("bytes")
        .register(registry);
  }

  /** Counts a batch of texts and the tokens made of them. */
  void encoded(String model, int texts, long tokens) {
    DistributionSummary.builder("weft.tokenizer.batch.size")
        .description("Texts of one Encode request")
        .tag(MODEL, model)
        .serviceLevelObjectives(1, 4, 16, 64, 256, 1_024, 10_000)
        .register(registry)
        .record(texts);
    encoded(model, tokens);
  }

  /** Counts tokens made of text. */
  void encoded(String model, long tokens) {
    Counter.builder("weft.tokenizer.encoded.tokens")
        .description("Tokens made of text, before truncation is undone by overflow windows")
        .tag(MODEL, model)
        .register(registry)
        .increment((double) tokens);
  }

  /** Counts tokens turned back into text. */
  void decoded(String model, long tokens) {
    Counter.builder("weft.tokenizer.decoded.tokens")
        .description("Tokens turned into text")
        .tag(MODEL, model)
        .register(registry)
        .increment((double) tokens);
  }

  /** Times one successful call, from its start until its answer is made. */
  void answered(String rpc, String model, long startNanos) {
    Timer.builder("weft.tokenizer.call.duration")
        .description("Time from a request to its answer")
        .tag("rpc", rpc)
        .tag(MODEL, model)
        .serviceLevelObjectives(
            Duration.ofMillis(1),
            Duration.ofMillis(5),
            Duration.ofMillis(20),
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            Duration.ofSeconds(2))
        .register(registry)
        .record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
  }
}
