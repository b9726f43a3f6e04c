package io.weft.encoder.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A session that several encoders run at the same time, each on its own thread, so that the weights
 * are in memory once. The last to give it back closes it. Thread-safe.
 */
final class SharedSession {
  private final OrtSession session;
  private final AtomicInteger holders = new AtomicInteger(1);

  /** Held by the caller. */
  SharedSession(OrtSession session) {
    this.session = session;
  }

  OrtSession session() {
    return session;
  }

  /** One more holder; only while it is held. */
  SharedSession hold() {
    holders.incrementAndGet();
    return this;
  }

  /** Once for every holder. */
  void release() throws OrtException {
    if (holders.decrementAndGet() == 0) {
      session.close();
    }
  }
}
