package io.weft.gateway.http;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.weft.runtime.error.WeftException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one stream has written and its client's connection has not taken yet, up to a number of
 * bytes. Producer: the request's thread. Consumer: the connection, which takes as the client reads.
 * Full: the producer waits, for a while, and then the client is too slow to be served; nobody else
 * waits with it. At the end what is left may go, for the same while, and is then dropped with the
 * connection.
 */
final class ClientBuffer {
  /** The connection. */
  @FunctionalInterface
  interface Connection {
    /** Sends bytes without waiting; the future ends when the network has them. */
    Future<Void> send(Buffer bytes);
  }

  private final Connection connection;
  private final long capacity;
  private final Duration patience;
  private final Duration retryAfter;
  private long pending;
  private boolean waits = true;
  private @Nullable Throwable failure;

  /**
   * @param capacity bytes, at least 1; a larger write is taken when nothing else waits
   * @param patience longest time for which a write, or the end, waits
   * @param retryAfter what a client is told that was too slow
   */
  ClientBuffer(Connection connection, long capacity, Duration patience, Duration retryAfter) {
    this.connection = connection;
    this.capacity = capacity;
    this.patience = patience;
    this.retryAfter = retryAfter;
  }

  /**
   * Writes once there is room.
   *
   * @throws IOException when the client is gone
   * @throws WeftException.Overloaded when there was no room for too long
   */
  void write(byte[] bytes) throws IOException {
    synchronized (this) {
      if (waits && !await(capacity - bytes.length)) {
        throw new WeftException.Overloaded(
            "SLOW_READER",
            "the client reads too slowly: %,d bytes have waited for it for %,d ms, the limit is %,d bytes"
                .formatted(pending + bytes.length, patience.toMillis(), capacity),
            retryAfter);
      }
      pending += bytes.length;
    }
    try {
      connection.send(Buffer.buffer(bytes)).onComplete(sent -> sent(bytes.length, sent));
    } catch (IllegalStateException ended) {
      throw new IOException("the response has ended", ended);
    }
  }

  /** From now on writes do not wait: what follows is the last word. */
  synchronized void stopWaiting() {
    waits = false;
  }

  /** Waits until everything has gone; returns whether it has, or the client is gone. */
  synchronized boolean drain() {
    try {
      return await(0);
    } catch (IOException clientGone) {
      return true;
    }
  }

  /** Waits until at most so many bytes are pending, 0 at least; returns whether they are. */
  private synchronized boolean await(long most) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    while (failure == null && pending > Math.max(0, most)) {
      long leftMs = (end - System.nanoTime() + 999_999) / 1_000_000;
      if (leftMs <= 0) {
        return false;
      }
      try {
        wait(leftMs);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the gateway is stopping");
      }
    }
    if (failure != null) {
      throw new IOException("the client is gone", failure);
    }
    return true;
  }

  private synchronized void sent(int bytes, AsyncResult<Void> result) {
    pending -= bytes;
    if (result.failed()) {
      failure = result.cause();
    }
    notifyAll();
  }
}
