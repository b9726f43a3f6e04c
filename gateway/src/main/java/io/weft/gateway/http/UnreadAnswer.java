package io.weft.gateway.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/**
 * Drops the client of an answer that is sent whole and that it does not read. Quarkus' output waits
 * for a client without an end, and what the answer is made of, such as the vectors of 2,048 texts,
 * stays in memory for as long. Event streams do their own waiting: see {@link ClientBuffer}.
 *
 * <p>Looks from time to time whether the connection's buffer is full and nothing was added to it.
 * Belongs to the thread of its timer.
 */
final class UnreadAnswer {
  /** How often it looks within the time that it waits. */
  private static final int LOOKS = 4;

  private final Exchange exchange;
  private final long patienceNs;
  private long written;
  private long sinceNs = System.nanoTime();

  private UnreadAnswer(Exchange exchange, Duration patience) {
    this.exchange = exchange;
    this.patienceNs = patience.toNanos();
  }

  /**
   * Begins to watch, until the answer has ended.
   *
   * @param patience how long a full buffer waits for its client to read
   */
  static void watch(Exchange exchange, Duration patience) {
    UnreadAnswer answer = new UnreadAnswer(exchange, patience);
    Vertx vertx = exchange.routing().vertx();
    long periodMs = Math.max(1, patience.toMillis() / LOOKS);
    long timer = vertx.setPeriodic(periodMs, _ -> answer.look());
    exchange.routing().addEndHandler(_ -> vertx.cancelTimer(timer));
  }

  private void look() {
    HttpServerResponse response = exchange.routing().response();
    long now = System.nanoTime();
    if (exchange.isStreaming()
        || response.bytesWritten() != written
        || !response.writeQueueFull()) {
      written = response.bytesWritten();
      sinceNs = now;
    } else if (now - sinceNs >= patienceNs) {
      exchange.closeConnection();
    }
  }
}
