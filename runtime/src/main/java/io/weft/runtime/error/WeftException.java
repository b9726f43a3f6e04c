package io.weft.runtime.error;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A failure that a caller is told about. Messages name the limit and the value ("8,211 tokens >
 * 8,192") and never contain text from a request, so they are safe to log.
 */
public abstract sealed class WeftException extends RuntimeException {
  private final String reason;
  private final Map<String, String> metadata;

  private WeftException(
      String reason, String message, Map<String, String> metadata, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.metadata = Map.copyOf(metadata);
  }

  /** Machine-readable, UPPER_SNAKE_CASE, such as {@code CONTEXT_LENGTH_EXCEEDED}. */
  public String reason() {
    return reason;
  }

  /** Details by name; {@code param} names the request field at fault. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** The request breaks a rule of its own: sending it again cannot help. */
  public static final class InvalidRequest extends WeftException {
    public InvalidRequest(String reason, String message, String param) {
      super(reason, message, Map.of("param", param), null);
    }

    /** For a failure received from another service, with all that it said. */
    public InvalidRequest(String reason, String message, Map<String, String> metadata) {
      super(reason, message, metadata, null);
    }
  }

  /** What the request names does not exist. */
  public static final class NotFound extends WeftException {
    public NotFound(String reason, String message, Map<String, String> metadata) {
      super(reason, message, metadata, null);
    }

    /** No such model; {@code loaded} names those that there are. */
    public static NotFound model(String name, Iterable<String> loaded) {
      return new NotFound(
          "MODEL_NOT_FOUND",
          "model '%s' is not loaded; loaded: %s".formatted(name, String.join(", ", loaded)),
          Map.of("param", "model"));
    }
  }

  /** The model exists but cannot do this. */
  public static final class Unsupported extends WeftException {
    public Unsupported(String reason, String message, Map<String, String> metadata) {
      super(reason, message, metadata, null);
    }
  }

  /** The caller has not shown a key that is known. */
  public static final class Unauthenticated extends WeftException {
    public Unauthenticated(String reason, String message) {
      super(reason, message, Map.of(), null);
    }
  }

  /** A queue is full: the same request may pass after {@link #retryAfter()}. */
  public static final class Overloaded extends WeftException {
    private final Duration retryAfter;

    public Overloaded(String reason, String message, Duration retryAfter) {
      super(reason, message, Map.of(), null);
      this.retryAfter = retryAfter;
    }

    public Duration retryAfter() {
      return retryAfter;
    }
  }

  /** The service cannot work now: starting, stopping, or a backend is away. */
  public static final class Unavailable extends WeftException {
    public Unavailable(String reason, String message, @Nullable Throwable cause) {
      super(reason, message, Map.of(), cause);
    }
  }

  /** The caller's time ran out. */
  public static final class DeadlineExceeded extends WeftException {
    public DeadlineExceeded(String message) {
      super("DEADLINE_EXCEEDED", message, Map.of(), null);
    }
  }

  /** The caller went away. */
  public static final class Cancelled extends WeftException {
    public Cancelled(String message) {
      super("CANCELLED", message, Map.of(), null);
    }
  }

  /** A fault of ours. */
  public static final class Internal extends WeftException {
    public Internal(String message, @Nullable Throwable cause) {
      super("INTERNAL", message, Map.of(), cause);
    }
  }
}
