package io.weft.generator.engine;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** What one engine says about itself, labelled with the model's name. */
public final class EngineMetrics {
  private final MeterRegistry registry;
  private final String model;
  private final DistributionSummary batchSize;
  private final Counter promptTokens;
  private final LongAdder completionTokens = new LongAdder();
  private final Counter prefixHits;
  private final Counter prefixMisses;
  private final Counter draftedTokens;
  private final Counter acceptedTokens;
  private final Counter brokenLogits;
  private final Counter failedSteps;
  private final Timer queueTime;
  private final Timer timeToFirstToken;
  private final Timer encodeTime;
  private final Timer prefillTime;
  private final Timer decodeTime;
  private final VllmMetrics vllm;

  /** Registers the meters. */
  public EngineMetrics(MeterRegistry registry, String model) {
    this.registry = registry;
    this.model = model;
    this.batchSize =
        DistributionSummary.builder("weft.generator.decode.batch.size")
            .description("Sequences in a decode step")
            .serviceLevelObjectives(1, 2, 4, 8, 12, 16, 24, 32)
            .tag("model", model)
            .register(registry);
    this.promptTokens =
        counter("prompt.tokens", "Tokens of prompts that were prefilled or encoded");
    // A Counter looks for the trace of each increment, which takes longer than to choose a token.
    FunctionCounter.builder(
            "weft.generator.completion.tokens", completionTokens, LongAdder::doubleValue)
        .description("Tokens generated")
        .tag("model", model)
        .register(registry);
    this.prefixHits = counter("prefix.cache.hits", "Tokens of prompts found in the prefix cache");
    this.prefixMisses =
        counter("prefix.cache.misses", "Tokens of prompts not found in the prefix cache");
    this.draftedTokens = counter("speculation.drafted.tokens", "Tokens that were guessed");
    this.acceptedTokens =
        counter("speculation.accepted.tokens", "Tokens that were guessed right and not run again");
    this.brokenLogits = counter("broken.logits", "Requests ended by logits that are not finite");
    this.failedSteps = counter("failed.steps", "Runs of the model that failed");
    this.queueTime = timer("queue.time", "From a request's submission to its first slot");
    this.timeToFirstToken =
        timer("time.to.first.token", "From a request's submission to its first token");
    this.encodeTime = timer("encode.time", "One input of an encoder-decoder in the engine");
    this.prefillTime = timer("prefill.time", "One part of a prompt alone in the engine");
    this.decodeTime = timer("decode.time", "One decode step, with the part of a prompt in it");
    this.vllm = new VllmMetrics(registry, model, completionTokens);
    vllm.watchPrefixes(prefixHits, prefixMisses);
  }

  /** The same and more under the names that others expect. */
  VllmMetrics vllm() {
    return vllm;
  }

  /** Registers what the prefix cache keeps. */
  void watchPrefixes(PrefixReuse prefixes) {
    Gauge.builder("weft.generator.prefix.cache.bytes", prefixes, PrefixReuse::bytes)
        .description("Key/value memory of the prefix cache that holds tokens")
        .baseUnit("bytes")
        .tag("model", model)
        .register(registry);
    FunctionCounter.builder(
            "weft.generator.prefix.cache.evictions", prefixes, PrefixReuse::evictions)
        .description("Blocks of the prefix cache that made room for others")
        .tag("model", model)
        .register(registry);
  }

  /** Registers gauges of an engine's load and of how long its current step has been running. */
  void watch(Supplier<EngineLoad> load, Supplier<Duration> step) {
    vllm.watch(load);
    Gauge.builder("weft.generator.step.age", () -> step.get().toNanos() / 1e9)
        .description("How long the step that runs now has been running")
        .baseUnit("seconds")
        .tag("model", model)
        .register(registry);
    Gauge.builder("weft.generator.running.sequences", () -> load.get().running())
        .description("Sequences that hold a slot")
        .tag("model", model)
        .register(registry);
    Gauge.builder("weft.generator.waiting.requests", () -> load.get().waiting())
        .description("Requests that wait for a slot")
        .tag("model", model)
        .register(registry);
    Gauge.builder("weft.generator.waiting.tokens", () -> load.get().waitingTokens())
        .description("Tokens of prompts that are still to be prefilled")
        .tag("model", model)
        .register(registry);
    Gauge.builder("weft.generator.cache.usage", () -> load.get().cacheUsage())
        .description("Share of the key/value memory that holds tokens")
        .tag("model", model)
        .register(registry);
  }

  void started(long queuedNs) {
    queueTime.record(queuedNs, TimeUnit.NANOSECONDS);
  }

  void encoded(int tokens, long ns) {
    promptTokens.increment(tokens);
    encodeTime.record(ns, TimeUnit.NANOSECONDS);
  }

  void prefilled(int tokens, long ns) {
    promptTokens.increment(tokens);
    prefillTime.record(ns, TimeUnit.NANOSECONDS);
  }

  /** A part of a prompt ran with a decode step, whose time has it in it. */
  void prefilledBeside(int tokens) {
    promptTokens.increment(tokens);
  }

  void prefixLookup(int found, int promptTokens) {
    prefixHits.increment(found);
    prefixMisses.increment(promptTokens - found);
  }

  void speculated(int drafted, int accepted) {
    draftedTokens.increment(drafted);
    acceptedTokens.increment(accepted);
  }

  void firstToken(long sinceSubmissionNs) {
    timeToFirstToken.record(sinceSubmissionNs, TimeUnit.NANOSECONDS);
    vllm.firstToken(sinceSubmissionNs);
  }

  void nextToken(long sinceLastNs) {
    vllm.nextToken(sinceLastNs);
  }

  void decoded(int rows, long ns) {
    batchSize.record(rows);
    decodeTime.record(ns, TimeUnit.NANOSECONDS);
  }

  void generated() {
    completionTokens.increment();
  }

  void brokenLogits() {
    brokenLogits.increment();
  }

  void failedStep() {
    failedSteps.increment();
  }

  private Counter counter(String name, String description) {
    return Counter.builder("weft.generator." + name)
        .description(description)
        .tag("model", model)
        .register(registry);
  }

  private Timer timer(String name, String description) {
    return Timer.builder("weft.generator." + name)
        .description(description)
        .serviceLevelObjectives(
            Duration.ofMillis(5),
            Duration.ofMillis(10),
            Duration.ofMillis(25),
            Duration.ofMillis(50),
            Duration.ofMillis(100),
            Duration.ofMillis(250),
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofMillis(2_500),
            Duration.ofSeconds(10))
        .tag("model", model)
        .register(registry);
  }
}
