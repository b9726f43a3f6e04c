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

  private final Inbox inbox;
  private final Scheduler scheduler;
  private final StepRunner steps;
  private final ModelRunner runner;
  private final LongSupplier clock;

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
    scheduler.sweep(clock.getAsLong());
    StepPlan plan = scheduler.plan(clock.getAsLong());
    load = scheduler.load();
    steps.run(plan);
    scheduler.sweep(clock.getAsLong());
    load = scheduler.load();
    return !(scheduler.isIdle() && inbox.isDone());
  }

  private void end(WeftException reason) {
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
