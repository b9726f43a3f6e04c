package io.weft.generator.engine;

import io.weft.runtime.error.WeftException;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The engine's thread: takes requests in, plans, runs, and so on until it is told to end. It owns
 * the scheduler, all running sequences and the model's runner, which it closes.
 */
final class EngineLoop implements Runnable {
  private static final Logger LOG = Logger.getLogger(EngineLoop.class);

  private static final long NO_STEP = Long.MIN_VALUE;

  private final Inbox inbox;
  private final Scheduler scheduler;
  private final StepRunner steps;
  private final ModelRunner runner;
  private final LongSupplier clock;

  /** When the step that runs now began, in the engine's time, or {@link #NO_STEP}. */
  private volatile long stepBegan = NO_STEP;

  private volatile EngineLoad load;
  private volatile boolean aborted;
  private volatile boolean broken;

  EngineLoop(
      Inbox inbox, Scheduler scheduler, StepRunner steps, ModelRunner runner, LongSupplier clock) {
    this.inbox = inbox;
    this.scheduler = scheduler;
    this.steps = steps;
    this.runner = runner;
    this.clock = clock;
    this.load = scheduler.load();
  }

  /** As it was at the start or at the end of the last step. */
  EngineLoad load() {
    return load;
  }

  /** How long the step that runs now has been running, in nanoseconds; 0 between steps. */
  long stepNs() {
    long began = stepBegan;
    return began == NO_STEP ? 0 : clock.getAsLong() - began;
  }

  /** Whether the thread has ended by a fault of its own. */
  boolean isBroken() {
    return broken;
  }

  /** Ends what runs, after the current step. */
  void abort() {
    aborted = true;
  }

  @Override
  public void run() {
    WeftException reason =
        new WeftException.Unavailable("STOPPING", "the service is stopping", null);
    try {
      boolean more = true;
      while (more) {
        more = step();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      LOG.fatal("the engine has failed", e);
      broken = true;
      reason = new WeftException.Internal("the engine has failed", e);
    } finally {
      end(reason);
    }
  }

  /** One turn; false when it was the last. */
  private boolean step() throws InterruptedException {
    inbox.takeAll(scheduler.isIdle()).forEach(scheduler::add);
    if (aborted) {
      return false;
    }
    stepBegan = clock.getAsLong();
    scheduler.sweep(clock.getAsLong());
    StepPlan plan = scheduler.plan(clock.getAsLong());
    load = scheduler.load();
    steps.run(plan);
    scheduler.sweep(clock.getAsLong());
    load = scheduler.load();
    stepBegan = NO_STEP;
    return !(scheduler.isIdle() && inbox.isDone());
  }

  private void end(WeftException reason) {
    stepBegan = NO_STEP;
    inbox.close();
    try {
      inbox.takeAll(false).forEach(scheduler::add);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    scheduler.failAll(reason);
    scheduler.sweep(clock.getAsLong());
    load = scheduler.load();
    runner.close();
  }
}
