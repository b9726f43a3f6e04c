package io.weft.tokenizer;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The tokenizer service's configuration. */
@ConfigMapping(prefix = "weft.tokenizer")
public interface TokenizerConfig {
  /** The folder that holds the model folders. */
  @WithDefault("models")
  Path modelsDir();

  /** Names of the models to load. Absent: every folder with a tokenizer. */
  Optional<List<String>> models();

  /** Threads that encode and render, at least 1. Absent: the processors there are. */
  OptionalInt threads();

  /** Most requests held, queued and running, at least 1. */
  @WithDefault("512")
  int maxQueuedRequests();

  /**
   * Most tokens held, queued and running, at least 1; what is not encoded yet counts one for 4
   * bytes. One larger request still runs alone.
   */
  @WithDefault("8000000")
  long maxQueuedTokens();

  /** What a caller is told to wait when the service is full, more than 0. */
  @WithDefault("1s")
  Duration retryAfter();

  /** How long open calls may take to finish when the service stops, at least 0. */
  @WithDefault("10s")
  Duration shutdownGrace();

  /**
   * Most memory of one reply, and of all that are being made, in bytes, at least 1. Texts of a
   * batch past it fail one by one; a token takes 16 bytes, and up to 74 with offsets, words and
   * strings.
   */
  @WithDefault("67108864")
  long maxReplyBytes();

  /** What chat templates may use up. */
  Template template();

  /** Bounds on the rendering of one chat template. */
  interface Template {
    /** Most time, more than 0. */
    @WithDefault("2s")
    Duration timeout();

    /** Longest output, and longest text on the way, in UTF-16 code units, at least 1. */
    @WithDefault("1048576")
    int maxOutputChars();
  }

  /**
   * Checks what types cannot say.
   *
   * @throws IllegalArgumentException naming the key, its value and its limit
   */
  static void validate(TokenizerConfig config) {
    atLeast("threads", config.threads().orElse(1), 1);
    atLeast("max-queued-requests", config.maxQueuedRequests(), 1);
    atLeast("max-queued-tokens", config.maxQueuedTokens(), 1);
    atLeast("max-reply-bytes", config.maxReplyBytes(), 1);
    atLeast("template.max-output-chars", config.template().maxOutputChars(), 1);
    positive("retry-after", config.retryAfter());
    if (config.shutdownGrace().isNegative()) {
      throw new IllegalArgumentException(
          "weft.tokenizer.shutdown-grace is %s, it must be at least 0"
              .formatted(config.shutdownGrace()));
    }
    positive("template.timeout", config.template().timeout());
  }

  private static void atLeast(String key, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "weft.tokenizer.%s is %d, it must be at least %d".formatted(key, value, least));
    }
  }

  private static void positive(String key, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(
          "weft.tokenizer.%s is %s, it must be more than 0".formatted(key, value));
    }
  }
}
