package io.weft.encoder.batch;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.weft.runtime.error.WeftException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * One model's metrics under the names of <a
 * href="https://github.com/huggingface/text-embeddings-inference/blob/main/router/src/prometheus.rs">text-embeddings-inference</a>,
 * for dashboards made for it; the label {@code model_name} is ours. Durations are seconds. Its
 * counters have no {@code _total}, which Prometheus' client adds to every counter: so they are
 * exported as gauges that only grow.
 */
public final class TeiMetrics {
  private static final double[] SECONDS = bounds(18, i -> 0.001 * Math.pow(1.8, i));

  private final MeterRegistry registry;
  private final String model;
  private final Map<String, LongAdder> requests;
  private final Map<String, LongAdder> successes;
  private final Map<String, LongAdder> failures;
  private final DistributionSummary duration;
  private final DistributionSummary queueDuration;
  private final DistributionSummary inferenceDuration;
  private final DistributionSummary inputLength;
  private final DistributionSummary batchSize;
  private final DistributionSummary batchTokens;

  /** Registers the meters, among them a gauge of the sequences that wait. */
  public TeiMetrics(MeterRegistry registry, String model, BatchQueue queue) {
    this.registry = registry;
    this.model = model;
    requests = counters("te_request_count", "method", "single", "batch");
    successes = counters("te_request_success", "method", "single", "batch");
    failures = counters("te_request_failure", "err", "overloaded", "validation", "backend");
    duration = summary("te_request_duration", "A request, from its arrival", SECONDS);
    queueDuration =
        summary("te_request_queue_duration", "A request's wait for its first batch", SECONDS);
    inferenceDuration =
        summary("te_request_inference_duration", "A request, from its first batch on", SECONDS);
    inputLength = summary("te_request_input_length", "Tokens of a sequence", powersOfTwo(16));
    batchSize = summary("te_batch_next_size", "Sequences of a batch", powersOfTwo(12));
    batchTokens = summary("te_batch_next_tokens", "Tokens of a batch", powersOfTwo(16));
    gauge("te_queue_size", queue::sequences, "Sequences that wait for a batch");
  }

  /** A request came, with this many sequences. */
  public void arrived(int sequences) {
    counter(requests, method(sequences)).increment();
  }

  /**
   * A request was answered.
   *
   * @param queuedNs until its first batch
   */
  public void answered(int sequences, long queuedNs, long totalNs) {
    counter(successes, method(sequences)).increment();
    duration.record(totalNs / 1e9);
    queueDuration.record(queuedNs / 1e9);
    inferenceDuration.record((totalNs - queuedNs) / 1e9);
  }

  /** A request failed as a whole. */
  public void failed(WeftException failure) {
    boolean invalid = failure instanceof WeftException.InvalidRequest;
    String ours = invalid ? "validation" : "backend";
    String kind = failure instanceof WeftException.Overloaded ? "overloaded" : ours;
    counter(failures, kind).increment();
  }

  void started(Batch batch) {
    batchSize.record(batch.entries().size());
    batchTokens.record(batch.tokens());
    for (QueueEntry entry : batch.entries()) {
      inputLength.record(entry.sequence().length());
    }
  }

  private static String method(int sequences) {
    return sequences == 1 ? "single" : "batch";
  }

  private static LongAdder counter(Map<String, LongAdder> counters, String label) {
    LongAdder counter = counters.get(label);
    if (counter == null) {
      throw new IllegalArgumentException("no counter for " + label);
    }
    return counter;
  }

  private Map<String, LongAdder> counters(String name, String label, String... values) {
    Map<String, LongAdder> counters = new HashMap<>();
    for (String value : values) {
      LongAdder counter = new LongAdder();
      counters.put(value, counter);
      Gauge.builder(name, counter, LongAdder::doubleValue)
          .description("Requests by " + label)
          .tag("model_name", model)
          .tag(label, value)
          .register(registry);
    }
    return Map.copyOf(counters);
  }

  private void gauge(String name, Supplier<Number> value, String description) {
    Gauge.builder(name, value).description(description).tag("model_name", model).register(registry);
  }

  private DistributionSummary summary(String name, String description, double[] bounds) {
    return DistributionSummary.builder(name)
        .description(description)
        .serviceLevelObjectives(bounds)
        .tag("model_name", model)
        .register(registry);
  }

  private static double[] powersOfTwo(int count) {
    return bounds(count, i -> Math.pow(2, i));
  }

  private static double[] bounds(int count, IntToDoubleFunction bound) {
    return IntStream.range(0, count).mapToDouble(bound).toArray();
  }
}
