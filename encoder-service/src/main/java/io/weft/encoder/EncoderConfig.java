package io.weft.encoder;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.weft.runtime.onnx.Device;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The encoder service's configuration. */
@ConfigMapping(prefix = "weft.encoder")
public interface EncoderConfig {
  /** Smallest budget of a batch: enough for the self-check at start. */
  int LEAST_BATCH_TOKENS = 32;

  /** The folder that holds the model folders. */
  @WithDefault("models")
  Path modelsDir();

  /** Names of the models to load. Absent: every encoder. */
  Optional<List<String>> models();

  /**
   * Threads that a model uses, at least 1. Absent: the processors there are. Whether they run one
   * batch together or each a batch of its own is measured.
   */
  OptionalInt threads();

  /** Where models run that {@link #devices} does not name: see {@link Device#parse}. */
  @WithDefault("cpu")
  String device();

  /** The same of one model, by its name. */
  Map<String, String> devices();

  /**
   * Budget of a batch in places, rows × longest row, at least 32. One longer sequence runs alone.
   * Absent: the smallest of 64 to 512 that this machine runs at its full speed, measured when a
   * model first starts on it ({@code models-dir/.calibration} keeps the answer).
   */
  OptionalInt maxBatchTokens();

  /** Most requests that one model holds, queued and running, at least 1. */
  @WithDefault("512")
  int maxQueuedRequests();

  /**
   * Most tokens that one model holds, queued and running, at least 1. The default is more than the
   * largest request has (10,000 sequences of 512 tokens), so that one request never shuts others
   * out; a token takes 4 to 8 bytes.
   */
  @WithDefault("8000000")
  long maxQueuedTokens();

  /** What a caller is told to wait when the queue is full, more than 0. */
  @WithDefault("1s")
  Duration retryAfter();

  /** How long open calls may take to finish when the service stops, at least 0. */
  @WithDefault("10s")
  Duration shutdownGrace();

  /** Largest reply in bytes, at least 1: a request whose vectors would take more is refused. */
  @WithDefault("33554432")
  long maxReplyBytes();

  /**
   * Where a model runs.
   *
   * @throws IllegalArgumentException naming the key and its value
   */
  static Device device(EncoderConfig config, String model) {
    String own = config.devices().get(model);
    return own == null
        ? Device.parse("weft.encoder.device", config.device())
        : Device.parse("weft.encoder.devices.\"%s\"".formatted(model), own);
  }

  /**
   * Checks what types cannot say.
   *
   * @throws IllegalArgumentException naming the key, its value and its limit
   */
  static void validate(EncoderConfig config) {
    atLeast("threads", config.threads().orElse(1), 1);
    device(config, "").check();
    config.devices().keySet().forEach(model -> device(config, model).check());
    atLeast(
        "max-batch-tokens", config.maxBatchTokens().orElse(LEAST_BATCH_TOKENS), LEAST_BATCH_TOKENS);
    atLeast("max-queued-requests", config.maxQueuedRequests(), 1);
    atLeast("max-queued-tokens", config.maxQueuedTokens(), 1);
    atLeast("max-reply-bytes", config.maxReplyBytes(), 1);
    if (!config.retryAfter().isPositive()) {
      throw new IllegalArgumentException(
          "weft.encoder.retry-after is %s, it must be more than 0".formatted(config.retryAfter()));
    }
    if (config.shutdownGrace().isNegative()) {
      throw new IllegalArgumentException(
          "weft.encoder.shutdown-grace is %s, it must be at least 0"
              .formatted(config.shutdownGrace()));
    }
  }

  private static void atLeast(String key, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "weft.encoder.%s is %d, it must be at least %d".formatted(key, value, least));
    }
  }
}
