package io.weft.encoder.batch;

import io.weft.encoder.model.Encoder;
import io.weft.encoder.model.PackedStates;
import io.weft.encoder.model.TokenSequence;
import io.weft.runtime.error.WeftException;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Runs one of a model's lanes: takes a batch the moment the last one is done, with no wait for more
 * to come, and answers its sequences. Its thread owns the encoder from the first batch on and
 * closes it at the end. A batch that fails takes nobody else with it: its sequences are run again
 * one by one, and the loop goes on.
 */
public final class EncoderLoop implements Runnable {
  private static final Logger LOG = Logger.getLogger(EncoderLoop.class);

  private final String model;
  private final Encoder encoder;
  private final BatchQueue queue;
  private final Lane lane;
  private final BatchMetrics metrics;
  private final LongSupplier nanoClock;

  /**
   * @param model its name, for the log
   * @param lane which of the queue's batches it runs
   * @param nanoClock the queue's clock
   */
  public EncoderLoop(
      String model,
      Encoder encoder,
      BatchQueue queue,
      Lane lane,
      BatchMetrics metrics,
      LongSupplier nanoClock) {
    this.model = model;
    this.encoder = encoder;
    this.queue = queue;
    this.lane = lane;
    this.metrics = metrics;
    this.nanoClock = nanoClock;
  }

  /** What to call its thread. */
  public String name() {
    return "encoder-%s-%s".formatted(model, lane.name().toLowerCase(Locale.ROOT));
  }

  /** Runs until the queue is closed. */
  @Override
  public void run() {
    try (encoder) {
      for (Batch batch = queue.take(lane); batch != null; batch = queue.take(lane)) {
        try {
          process(batch);
        } finally {
          queue.ran(lane, batch);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      // However the loop ends, nobody is left waiting for it.
      queue.close();
    }
  }

  private void process(Batch batch) {
    long now = nanoClock.getAsLong();
    batch.entries().forEach(entry -> entry.started(now));
    metrics.started(batch, now);
    PackedStates states;
    try {
      states = run(batch.sequences());
    } catch (RuntimeException | Error e) {
      LOG.errorf(
          e,
          "%s failed on a batch of %d sequences, the longest of %d tokens",
          model,
          batch.entries().size(),
          batch.longest());
      failOrSplit(batch.entries(), e);
      return;
    }
    for (int i = 0; i < batch.entries().size(); i++) {
      batch.entries().get(i).answer(states.get(i));
    }
  }

  /** One sequence has failed by itself; of several, each gets a run of its own. */
  private void failOrSplit(List<QueueEntry> entries, Throwable failure) {
    if (entries.size() == 1) {
      entries.getFirst().fail(asWeftException(failure));
      return;
    }
    for (QueueEntry entry : entries) {
      PackedStates states;
      try {
        states = run(List.of(entry.sequence()));
      } catch (RuntimeException | Error e) {
        entry.fail(asWeftException(e));
        continue;
      }
      entry.answer(states.get(0));
    }
  }

  private PackedStates run(List<TokenSequence> sequences) {
    long start = nanoClock.getAsLong();
    PackedStates states = encoder.run(sequences);
    metrics.ran(nanoClock.getAsLong() - start);
    return states;
  }

  private static WeftException asWeftException(Throwable failure) {
    return failure instanceof WeftException e
        ? e
        : new WeftException.Internal("the model failed to run the sequence", failure);
  }
}
