package io.weft.generator.engine;

import io.weft.generator.engine.GenerationEvent.Delta;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the engine, which never waits, and a client, which may be slow. Events are written
 * in order, by one task at a time; while the client is not ready, they pile up, and deltas of a
 * sequence that pile up become one, so that a request's outbox holds at most its own output.
 *
 * <p>Thread-safe. Producer: the engine. Consumer: {@link Writer}, on the executor. At shutdown the
 * engine fails what still runs, and that failure is written like any other.
 */
public final class Outbox implements EventSink {
  /** The client's side. Called by one thread at a time; must not wait. */
  public interface Writer {
    /** Whether another event may be written now. */
    boolean isReady();

    /** Sends an event. */
    void write(GenerationEvent event);

    /** Ends the stream well. */
    void complete();

    /** Ends the stream with a failure. */
    void fail(WeftException failure);
  }

  private static final Logger LOG = Logger.getLogger(Outbox.class);

  private enum State {
    OPEN,
    /** The last event is here, but not yet written. */
    ENDING,
    CLOSED
  }

  private final Writer writer;
  private final Executor executor;
  private final Runnable whenClosed;

  private final List<GenerationEvent> pending = new ArrayList<>();
  private State state = State.OPEN;
  private @Nullable WeftException failure;
  private boolean scheduled;

  /**
   * @param executor runs the writing tasks
   * @param whenClosed called once, when the stream has ended in whatever way
   */
  public Outbox(Writer writer, Executor executor, Runnable whenClosed) {
    this.writer = writer;
    this.executor = executor;
    this.whenClosed = whenClosed;
  }

  @Override
  public synchronized void emit(GenerationEvent event) {
    if (state != State.OPEN) {
      return;
    }
    if (!(event instanceof Delta delta) || !merge(delta)) {
      pending.add(event);
    }
    schedule();
  }

  @Override
  public synchronized void complete() {
    if (state == State.OPEN) {
      state = State.ENDING;
      schedule();
    }
  }

  /** Ends the stream at once: what was not written yet is dropped. */
  @Override
  public synchronized void fail(WeftException because) {
    if (state == State.OPEN) {
      state = State.ENDING;
      failure = because;
      pending.clear();
      schedule();
    }
  }

  /** The client can take more. */
  public synchronized void ready() {
    if (!pending.isEmpty() || state == State.ENDING) {
      schedule();
    }
  }

  /** The client has gone: nothing more is written. */
  public void close() {
    synchronized (this) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      pending.clear();
    }
    whenClosed.run();
  }

  private boolean merge(Delta delta) {
    for (int i = pending.size() - 1; i >= 0; i--) {
      if (pending.get(i) instanceof Delta earlier && earlier.index() == delta.index()) {
        pending.set(i, earlier.plus(delta));
        return true;
      }
    }
    return false;
  }

  private void schedule() {
    if (!scheduled && state != State.CLOSED) {
      scheduled = true;
      executor.execute(this::drain);
    }
  }

  private void drain() {
    try {
      writePending();
    } catch (RuntimeException e) {
      LOG.error("cannot write to a client", e);
      close();
    }
  }

  private void writePending() {
    while (true) {
      GenerationEvent next;
      synchronized (this) {
        boolean ending = state == State.ENDING && pending.isEmpty();
        if (!ending && (pending.isEmpty() || !writer.isReady())) {
          // ready() or the next event schedules again.
          scheduled = false;
          return;
        }
        next = ending ? null : pending.removeFirst();
      }
      if (next == null) {
        end();
        return;
      }
      writer.write(next);
    }
  }

  private void end() {
    WeftException because;
    synchronized (this) {
      if (state == State.CLOSED) {
        return;
      }
      because = failure;
    }
    if (because == null) {
      writer.complete();
    } else {
      writer.fail(because);
    }
    close();
  }
}
