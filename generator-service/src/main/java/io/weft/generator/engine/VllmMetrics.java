package io.weft.generator.engine;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * An engine's metrics under the <a href="https://docs.vllm.ai/en/latest/usage/metrics.html">names
 * that vLLM uses</a>, which routers (the Gateway API Inference Extension, llm-d), autoscalers and
 * published dashboards ask for. They mean what they mean there: times are seconds, histograms have
 * vLLM's buckets, labels say {@code model_name}. A request of several sequences counts as several,
 * as it does in vLLM.
 */
final class VllmMetrics {
  private static final double[] FIRST_TOKEN = {
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40,
    80, 160, 640, 2_560
  };
  private static final double[] NEXT_TOKEN = {
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80
  };
  private static final double[] REQUEST = {
    0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1_920, 7_680
  };
  private static final double[] TOKENS = {
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000
  };

  private final MeterRegistry registry;
  private final String model;
  private final LongAdder promptTokens = new LongAdder();
  private final Timer firstToken;
  private final Timer nextToken;
  private final Timer nextTokenOldName;
  private final Timer perOutputToken;
  private final Timer latency;
  private final Timer queueTime;
  private final Timer prefillTime;
  private final Timer decodeTime;
  private final DistributionSummary requestPromptTokens;
  private final DistributionSummary requestGenerationTokens;

  /**
   * Registers the meters.
   *
   * @param generatedTokens all tokens generated so far
   */
  VllmMetrics(MeterRegistry registry, String model, LongAdder generatedTokens) {
    this.registry = registry;
    this.model = model;
    counter("prompt_tokens", promptTokens, "Prefill tokens processed");
    counter("generation_tokens", generatedTokens, "Generation tokens processed");
    firstToken = timer("time_to_first_token_seconds", "Time to first token", FIRST_TOKEN);
    nextToken = timer("inter_token_latency_seconds", "Time between two tokens", NEXT_TOKEN);
    nextTokenOldName =
        timer(
            "time_per_output_token_seconds",
            "The older name of inter_token_latency_seconds",
            NEXT_TOKEN);
    perOutputToken =
        timer(
            "request_time_per_output_token_seconds",
            "A request's mean time per output token after the first",
            NEXT_TOKEN);
    latency = timer("e2e_request_latency_seconds", "From submission to the last token", REQUEST);
    queueTime = timer("request_queue_time_seconds", "Time spent waiting", REQUEST);
    prefillTime = timer("request_prefill_time_seconds", "Time spent in prefill", REQUEST);
    decodeTime = timer("request_decode_time_seconds", "Time spent in decode", REQUEST);
    requestPromptTokens = tokens("request_prompt_tokens", "A request's prompt tokens");
    requestGenerationTokens = tokens("request_generation_tokens", "A request's generated tokens");
    for (String reason : new String[] {"stop", "length", "abort", "error"}) {
      ended(reason); // present from the start, so that rates see the first
    }
  }

  /** Registers gauges of an engine's load. */
  void watch(Supplier<EngineLoad> load) {
    gauge("num_requests_running", () -> load.get().running(), "Sequences that hold a slot");
    gauge("num_requests_waiting", () -> load.get().waiting(), "Requests that wait for a slot");
    gauge(
        "kv_cache_usage_perc",
        () -> load.get().cacheUsage(),
        "Share of the key/value memory in use, 0 to 1");
  }

  /** Counts tokens that were looked for in the prefix cache, and found. */
  void watchPrefixes(Counter hits, Counter misses) {
    FunctionCounter.builder(
            "vllm:prefix_cache_queries", hits, found -> found.count() + misses.count())
        .description("Tokens looked for in the prefix cache")
        .tag("model_name", model)
        .register(registry);
    FunctionCounter.builder("vllm:prefix_cache_hits", hits, Counter::count)
        .description("Tokens found in the prefix cache")
        .tag("model_name", model)
        .register(registry);
  }

  void prompt(int tokens) {
    promptTokens.add(tokens);
  }

  void firstToken(long sinceSubmissionNs) {
    firstToken.record(sinceSubmissionNs, TimeUnit.NANOSECONDS);
  }

  void nextToken(long sinceLastNs) {
    nextToken.record(sinceLastNs, TimeUnit.NANOSECONDS);
    nextTokenOldName.record(sinceLastNs, TimeUnit.NANOSECONDS);
  }

  void finished(String reason, Usage usage, long queuedNs) {
    ended(reason).increment();
    requestPromptTokens.record(usage.promptTokens());
    requestGenerationTokens.record(usage.completionTokens());
    latency.record(usage.timeToFirstTokenNs() + usage.decodeTimeNs(), TimeUnit.NANOSECONDS);
    queueTime.record(queuedNs, TimeUnit.NANOSECONDS);
    prefillTime.record(Math.max(0, usage.timeToFirstTokenNs() - queuedNs), TimeUnit.NANOSECONDS);
    decodeTime.record(usage.decodeTimeNs(), TimeUnit.NANOSECONDS);
    if (usage.completionTokens() > 1) {
      perOutputToken.record(
          usage.decodeTimeNs() / (usage.completionTokens() - 1), TimeUnit.NANOSECONDS);
    }
  }

  void failed(WeftException failure) {
    boolean left =
        failure instanceof WeftException.Cancelled
            || failure instanceof WeftException.DeadlineExceeded;
    ended(left ? "abort" : "error").increment();
  }

  private Counter ended(String reason) {
    return Counter.builder("vllm:request_success")
        .description("Requests that ended, by why")
        .tag("model_name", model)
        .tag("finished_reason", reason)
        .register(registry);
  }

  private void counter(String name, LongAdder value, String description) {
    FunctionCounter.builder("vllm:" + name, value, LongAdder::doubleValue)
        .description(description)
        .tag("model_name", model)
        .register(registry);
  }

  private void gauge(String name, Supplier<Number> value, String description) {
    Gauge.builder("vllm:" + name, value)
        .description(description)
        .tag("model_name", model)
        .register(registry);
  }

  private Timer timer(String name, String description, double[] seconds) {
    return Timer.builder("vllm:" + name)
        .description(description)
        .serviceLevelObjectives(
            Arrays.stream(seconds)
                .mapToObj(bound -> Duration.ofNanos(Math.round(bound * 1e9)))
                .toArray(Duration[]::new))
        .tag("model_name", model)
        .register(registry);
  }

  private DistributionSummary tokens(String name, String description) {
    return DistributionSummary.builder("vllm:" + name)
        .description(description)
        .serviceLevelObjectives(TOKENS)
        .tag("model_name", model)
        .register(registry);
  }
}
