package io.weft.gateway.replica;

import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * One replica of a backend and what is known of it. Thread-safe: the balancer tells whether it is
 * connected, the watch over backends what it answers, and each call when it begins and ends.
 */
public final class Replica {
  private final String address;
  private final Circuit circuit;

  /** Work of this gateway that is under way, in the unit of {@link Route#cost}. */
  private final AtomicLong work = new AtomicLong();

  private volatile boolean connected;
  private volatile Answer answer = Answer.NONE;

  Replica(String address, LongSupplier clockNs) {
    this.address = address;
    this.circuit = new Circuit(clockNs);
  }

  /**
   * What it last said of itself.
   *
   * @param serving whether it did, since it was connected
   * @param models names of what it has loaded
   * @param othersWork what it held beside this gateway's work
   */
  private record Answer(boolean serving, Set<String> models, long othersWork) {
    private static final Answer NONE = new Answer(false, Set.of(), 0);

    Answer {
      models = Set.copyOf(models);
    }
  }

  /** Host and port; for logs and metrics, never for clients. */
  public String address() {
    return address;
  }

  /** Whether there is a connection to it. */
  public boolean isConnected() {
    return connected;
  }

  /** Whether it has answered since it was connected, and neither refused nor kept silent since. */
  public boolean isServing() {
    return connected && answer.serving();
  }

  /** Whether it is left out because its calls fail. */
  public boolean isEjected() {
    return circuit.isOpen();
  }

  /** Whether it is known to lack a model; "" is no model in particular. */
  boolean lacks(String model) {
    Answer now = answer;
    return now.serving() && !model.isEmpty() && !now.models().contains(model);
  }

  /** What it has to do, in the unit of {@link Route#cost}. */
  long load() {
    return work.get() + answer.othersWork();
  }

  /** It answered. */
  public void answered(Set<String> models) {
    answer = new Answer(true, models, 0);
  }

  /**
   * It answered, and says how much it holds, this gateway's work included.
   *
   * @param held in the unit of {@link Route#cost}
   */
  public void answered(Set<String> models, long held) {
    answer = new Answer(true, models, Math.max(0, held - work.get()));
  }

  /** It does not answer, or refuses new work: nothing goes to it while another one answers. */
  public void silent() {
    answer = Answer.NONE;
  }

  void setConnected(boolean now) {
    connected = now;
    if (!now) {
      answer = Answer.NONE;
      circuit.reset();
    }
  }

  void begin(long cost) {
    work.addAndGet(cost);
  }

  /**
   * A call is over. That a caller asked too much, or too much at one time, is no fault of the
   * replica; that it was left alone says nothing.
   */
  void end(long cost, Status status) {
    work.addAndGet(-cost);
    switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, DATA_LOSS -> circuit.failure();
      case CANCELLED -> {}
      case OK,
          INVALID_ARGUMENT,
          NOT_FOUND,
          ALREADY_EXISTS,
          PERMISSION_DENIED,
          RESOURCE_EXHAUSTED,
          FAILED_PRECONDITION,
          ABORTED,
          OUT_OF_RANGE,
          UNIMPLEMENTED,
          UNAUTHENTICATED ->
          circuit.success();
    }
  }

  @Override
  public String toString() {
    return address;
  }
}
