package io.weft.importer.download.hub;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Something that may go better the next time: a cut connection, a busy server. */
final class TransientFailure extends IOException {
  private static final long serialVersionUID = 1;

  private final transient @Nullable Duration retryAfter;

  TransientFailure(String message) {
    this(message, null);
  }

  TransientFailure(String message, @Nullable Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** How long the server asks to wait; null when it does not say. */
  @Nullable Duration retryAfter() {
    return retryAfter;
  }
}
