package io.weft.importer.download.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Reads an answer's body and gives up when nothing arrives for a while: the HTTP client has no such
 * limit once the headers are there. A virtual thread watches and closes the body, which wakes the
 * reader. Owned by the reader, who closes it.
 */
final class StallGuard implements AutoCloseable {
  private final InputStream body;
  private final Duration limit;
  private final Thread watcher;
  private volatile long lastNs = System.nanoTime();
  private volatile boolean stalled;

  StallGuard(InputStream body, Duration limit) {
    this.body = body;
    this.limit = limit;
    this.watcher = Thread.ofVirtual().name("stall-guard").start(this::watch);
  }

  /**
   * Reads up to {@code buffer.length} bytes; -1 at the end of the body.
   *
   * @throws TransientFailure when the connection is cut or nothing arrives in time
   */
  int read(byte[] buffer) throws TransientFailure {
    int read;
    try {
      read = body.read(buffer);
    } catch (IOException e) {
      throw failure(stalled, e.getMessage());
    }
    if (stalled) {
      throw failure(true, null);
    }
    lastNs = System.nanoTime();
    return read;
  }

  private TransientFailure failure(boolean stall, @org.jspecify.annotations.Nullable String cause) {
    return new TransientFailure(
        stall
            ? "nothing arrived for %,d ms".formatted(limit.toMillis())
            : "the connection was cut" + (cause == null ? "" : " (" + cause + ")"));
  }

  private void watch() {
    try {
      long leftNs = limit.toNanos();
      while (leftNs > 0) {
        Thread.sleep(Duration.ofNanos(leftNs));
        leftNs = lastNs + limit.toNanos() - System.nanoTime();
      }
      stalled = true;
      body.close();
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // The reader learns of it by its own failure.
    }
  }

  @Override
  public void close() {
    watcher.interrupt();
    try {
      body.close();
    } catch (IOException e) {
      // Whatever was wanted of the body was read.
    }
  }
}
