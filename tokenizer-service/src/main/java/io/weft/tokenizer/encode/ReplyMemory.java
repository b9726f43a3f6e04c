package io.weft.tokenizer.encode;

import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Bounds the memory of all replies that are being made at one time. A text of n bytes can become n
 * tokens, of some 16 bytes each, so that a few requests within every other limit could fill the
 * heap. Thread-safe.
 */
public final class ReplyMemory {
  private final long limit;
  private final Duration retryAfter;
  private final AtomicLong held = new AtomicLong();

  /**
   * @param limit most bytes of one reply, and of all together, at least 1
   * @param retryAfter what a caller is told to wait when others take up the room
   */
  public ReplyMemory(long limit, Duration retryAfter) {
    this.limit = limit;
    this.retryAfter = retryAfter;
  }

  /**
   * Begins a reply; closing it, once it has been sent, gives its memory back.
   *
   * @param param the request's field that makes the reply large, for errors
   */
  public Reply begin(String param) {
    return new Reply(param);
  }

  /** Bytes held now. */
  public long held() {
    return held.get();
  }

  /** The memory of one reply, which several threads may be making. */
  public final class Reply implements LongConsumer, AutoCloseable {
    private final String param;
    private final AtomicLong own = new AtomicLong();

    private Reply(String param) {
      this.param = param;
    }

    /**
     * Takes memory.
     *
     * @throws WeftException.InvalidRequest when this reply would be too large
     * @throws WeftException.Overloaded when there is no room beside the others
     */
    @Override
    public void accept(long bytes) {
      if (bytes > limit || own.addAndGet(bytes) > limit) {
        if (bytes <= limit) {
          own.addAndGet(-bytes);
        }
        throw new WeftException.InvalidRequest(
            "REPLY_TOO_LARGE",
            "%,d more bytes would take the reply past %,d".formatted(bytes, limit),
            param);
      }
      if (held.addAndGet(bytes) > limit) {
        held.addAndGet(-bytes);
        own.addAndGet(-bytes);
        throw new WeftException.Overloaded(
            "REPLY_MEMORY_FULL",
            "%,d more bytes would take all replies past %,d".formatted(bytes, limit),
            retryAfter);
      }
    }

    @Override
    public void close() {
      held.addAndGet(-own.getAndSet(0));
    }
  }
}
