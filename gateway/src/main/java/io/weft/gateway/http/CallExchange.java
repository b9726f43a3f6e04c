package io.weft.gateway.http;

import io.weft.runtime.error.WeftException;
import io.weft.runtime.limit.AdmissionLimit;

/** One gRPC call, from its arrival until its end: what {@link Exchange} is of HTTP. Thread-safe. */
public final class CallExchange {
  private final String method;
  private final String tenant;
  private final GatewayMetrics metrics;
  private final AccessLog accessLog;
  private final HeldBodies heldBodies;
  private final AdmissionLimit.Permit permit;
  private final long startedNs = System.nanoTime();
  private final String trace = AccessLog.currentTrace();
  private long held;
  private boolean streaming;
  private long firstTokenNs = -1;
  private boolean ended;

  CallExchange(
      String method,
      String tenant,
      GatewayMetrics metrics,
      AccessLog accessLog,
      HeldBodies heldBodies,
      AdmissionLimit.Permit permit) {
    this.method = method;
    this.tenant = tenant;
    this.metrics = metrics;
    this.accessLog = accessLog;
    this.heldBodies = heldBodies;
    this.permit = permit;
    metrics.requestOpened();
  }

  /** Whose work this is; "" for nobody in particular. */
  public String tenant() {
    return tenant;
  }

  /** When the call arrived, as {@link System#nanoTime} tells it. */
  public long startedNs() {
    return startedNs;
  }

  /** Notes the first text of a generation, once. */
  public synchronized void firstToken(String model) {
    if (firstTokenNs < 0) {
      firstTokenNs = System.nanoTime() - startedNs;
      metrics.firstToken(model, firstTokenNs);
    }
  }

  /** Notes that a stream of generated text is being sent, until the call ends. */
  public synchronized void streamOpened() {
    if (!streaming && !ended) {
      streaming = true;
      metrics.streamOpened();
    }
  }

  /**
   * Counts a message until the call ends.
   *
   * @throws WeftException.Overloaded when all open requests hold too much
   */
  public synchronized void hold(long bytes) {
    if (!ended) {
      heldBodies.take(bytes);
      held += bytes;
    }
  }

  /** Gives back what {@link #hold} counted so far: those messages have been answered. */
  public synchronized void giveBack() {
    if (!ended) {
      heldBodies.giveBack(held);
      held = 0;
    }
  }

  /**
   * The call is over. Only the first time counts.
   *
   * @param status the name of its gRPC status
   */
  public synchronized void close(String status) {
    if (ended) {
      return;
    }
    ended = true;
    heldBodies.giveBack(held);
    permit.close();
    if (streaming) {
      metrics.streamClosed();
    }
    metrics.callClosed(method, status);
    accessLog.write(
        new AccessLog.Entry(
            method, status, tenant, trace, System.nanoTime() - startedNs, firstTokenNs));
  }
}
