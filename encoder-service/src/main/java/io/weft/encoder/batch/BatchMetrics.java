package io.weft.encoder.batch;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** What one model's queue and loop say about themselves, labelled with the model's name. */
public final class BatchMetrics {
  private static final String QUEUE_TOKENS = "weft.encoder.queue.tokens";

  private final DistributionSummary sequences;
  private final DistributionSummary tokens;
  private final Timer queueTime;
  private final Timer runTime;
  private final TeiMetrics tei;

  /**
   * Registers the meters, among them a gauge of the queue's tokens, which takes the place of the
   * one of an earlier queue of that model.
   */
  public BatchMetrics(MeterRegistry registry, String model, BatchQueue queue) {
    dropGauges(registry, model);
    this.sequences =
        DistributionSummary.builder("weft.encoder.batch.sequences")
            .description("Sequences in a batch")
            .tag("model", model)
            .register(registry);
    this.tokens =
        DistributionSummary.builder("weft.encoder.batch.tokens")
            .description("Tokens in a batch, without padding")
            .tag("model", model)
            .register(registry);
    this.queueTime =
        Timer.builder("weft.encoder.queue.time")
            .description("From a sequence's arrival to the start of its batch")
            .tag("model", model)
            .register(registry);
    this.runTime =
        Timer.builder("weft.encoder.run.time")
            .description("A batch in the model, without pooling")
            .tag("model", model)
            .register(registry);
    Gauge.builder(QUEUE_TOKENS, queue, BatchQueue::tokens)
        .description("Tokens that wait for a batch")
        .tag("model", model)
        .register(registry);
    this.tei = new TeiMetrics(registry, model, queue);
  }

  /** Those of an earlier queue would go on to show it, and no others could take their names. */
  private static void dropGauges(MeterRegistry registry, String model) {
    for (Meter meter : registry.getMeters()) {
      Meter.Id id = meter.getId();
      boolean ours =
          id.getName().equals(QUEUE_TOKENS)
              ? model.equals(id.getTag("model"))
              : id.getName().startsWith("te_") && model.equals(id.getTag("model_name"));
      if (meter instanceof Gauge && ours) {
        registry.remove(meter);
      }
    }
  }

  /** The same and more under the names that others expect. */
  public TeiMetrics tei() {
    return tei;
  }

  void started(Batch batch, long nowNs) {
    tei.started(batch);
    sequences.record(batch.entries().size());
    tokens.record(batch.tokens());
    for (QueueEntry entry : batch.entries()) {
      queueTime.record(nowNs - entry.queuedNs(), TimeUnit.NANOSECONDS);
    }
  }

  void ran(long ns) {
    runTime.record(ns, TimeUnit.NANOSECONDS);
  }
}
