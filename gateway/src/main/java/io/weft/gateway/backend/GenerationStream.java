package io.weft.gateway.backend;

import io.weft.gateway.backend.GenerationEvent.Accepted;
import io.weft.gateway.backend.GenerationEvent.Finished;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The events of one request, over all its prompts, in the order of their arrival. The thread that
 * serves the request owns it and takes the events; gRPC's threads put them in.
 *
 * <p>Each call may have {@link #WINDOW} events under way, so the queue holds at most {@code WINDOW
 * + 1} a call: a reader that is slow holds up its own calls only. Closing cancels what still runs.
 */
public final class GenerationStream implements AutoCloseable {
  /** Events that a call may send before the first of them is taken. */
  static final int WINDOW = 16;

  private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
  private final List<Call> calls = new ArrayList<>();
  private final int sequencesPerCall;
  private final TokenCharge charge;
  private final GenerationTrace trace;
  private @Nullable GenerationEvent head;
  private @Nullable Signal awaited;
  private int runningCalls;
  private int runningSequences;

  /**
   * @param charge is told of what is generated
   * @param trace likewise
   */
  GenerationStream(int sequencesPerCall, TokenCharge charge, GenerationTrace trace) {
    this.sequencesPerCall = sequencesPerCall;
    this.charge = charge;
    this.trace = trace;
  }

  /** One call to the generator. */
  interface Call {
    /** Lets one more event come. */
    void request();

    /** Ends the call, if it has not ended. */
    void cancel();
  }

  /** What gRPC's threads tell of a call. */
  sealed interface Signal {
    /** The call sent an event. */
    record Event(Call call, GenerationEvent event) implements Signal {}

    /** The call ended well. */
    record Completed() implements Signal {}

    /** The call failed. */
    record Failed(WeftException cause) implements Signal {}
  }

  /** What is told of it. */
  public GenerationTrace trace() {
    return trace;
  }

  /** Adds a call before the first event is taken. */
  void add(Call call) {
    calls.add(call);
    runningCalls++;
    runningSequences += sequencesPerCall;
  }

  /** Takes what a call tells, from any thread. */
  void signal(Signal signal) {
    signals.add(signal);
  }

  /**
   * Waits until the first prompt has left the generator's queue, so that a failure up to then can
   * still be answered with a status of its own. The event is not taken.
   */
  public void awaitAccepted() {
    head = next();
    if (!(head instanceof Accepted)) {
      throw broken("began without accepting the prompt");
    }
  }

  /** Whether {@link #next} would return at once. */
  public boolean isReady() {
    return head != null || awaited != null || !signals.isEmpty();
  }

  /**
   * Waits until {@link #next} would return at once, or a time has passed.
   *
   * @return whether it would
   */
  public boolean await(Duration limit) {
    if (!isReady() && runningCalls > 0) {
      try {
        awaited = signals.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        throw stopping(e);
      }
    }
    return isReady() || runningCalls == 0;
  }

  /**
   * Waits for the next event.
   *
   * @return the event; null after the last one
   * @throws WeftException when any of the calls failed; the others are cancelled
   */
  public @Nullable GenerationEvent next() {
    if (head != null) {
      GenerationEvent event = head;
      head = null;
      return event;
    }
    while (runningCalls > 0) {
      switch (take()) {
        case Signal.Event(Call call, GenerationEvent event) -> {
          call.request();
          charge.count(event);
          trace.event(event);
          if (event instanceof Finished) {
            runningSequences--;
          }
          return event;
        }
        case Signal.Completed _ -> runningCalls--;
        case Signal.Failed(WeftException cause) -> {
          trace.fail(cause);
          close();
          throw cause;
        }
      }
    }
    if (runningSequences != 0) {
      throw broken("ended with %,d sequences open".formatted(runningSequences));
    }
    charge.settle();
    trace.finish();
    return null;
  }

  @Override
  public void close() {
    calls.forEach(Call::cancel);
    charge.settle();
    trace.fail(new WeftException.Cancelled("closed before its end"));
  }

  private Signal take() {
    Signal first = awaited;
    if (first != null) {
      awaited = null;
      return first;
    }
    try {
      return signals.take();
    } catch (InterruptedException e) {
      throw stopping(e);
    }
  }

  private WeftException stopping(InterruptedException e) {
    close();
    Thread.currentThread().interrupt();
    return new WeftException.Unavailable("STOPPING", "the gateway is stopping", e);
  }

  private WeftException.Internal broken(String how) {
    WeftException.Internal failure =
        new WeftException.Internal("the generator's stream " + how, null);
    trace.fail(failure);
    close();
    return failure;
  }
}
