package io.weft.generator;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.weft.runtime.onnx.Device;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The generator service's configuration. */
@ConfigMapping(prefix = "weft.generator")
public interface GeneratorConfig {
  /** Most tokens that may be guessed. */
  int LONGEST_DRAFT = 16;

  /** The folder that holds the model folders. */
  @WithDefault("models")
  Path modelsDir();

  /** Names of the models to load. Absent: every one that can generate. */
  Optional<List<String>> models();

  /** Threads that one run of a model uses, at least 1. Absent: the processors there are. */
  OptionalInt threads();

  /** Where models run that {@link #devices} does not name: see {@link Device#parse}. */
  @WithDefault("cpu")
  String device();

  /** The same of one model, by its name. */
  Map<String, String> devices();

  /** Sequences that a model runs at one time, at least 1. */
  @WithDefault("16")
  int slots();

  /**
   * Tokens that a sequence may have, prompt and output together, at least 2; the model's own
   * context length when that is less. Every slot reserves memory for this many. An
   * encoder-decoder's input may have as many, beside its output.
   */
  @WithDefault("2048")
  int contextLength();

  /**
   * Most tokens of a prompt in one run, and of short prompts between two decode steps, at least 1.
   * Prompts of up to two chunks are short: running sequences wait while a chunk of them runs. A
   * longer prompt runs in parts that take no longer than a decode step while other sequences run.
   */
  @WithDefault("128")
  int prefillChunk();

  /**
   * Bound on a model's key/value memory in bytes, at least 1: with all slots full it may take this
   * much.
   */
  @WithDefault("2147483648")
  long maxCacheBytes();

  /**
   * Bound in bytes on the memory in which a model keeps the keys and values of earlier prompts and
   * answers, for prompts that begin alike, at least 0; 0 turns it off. Comes on top of
   * max-cache-bytes and is taken from the system only as it fills.
   */
  @WithDefault("268435456")
  long prefixCacheBytes();

  /**
   * Whether to guess tokens from what a sequence has said before and verify several in one run.
   * Kernels may round a run of several tokens differently than one of one: where two tokens are
   * almost equally likely, the text may then differ from that without it.
   */
  @WithDefault("false")
  boolean speculation();

  /** Most tokens of a guess, 1 to 16. */
  @WithDefault("4")
  int speculationDraft();

  /** Most running sequences with which guesses are tried, at least 1. */
  @WithDefault("2")
  int speculationMaxSequences();

  /** Most requests that one model holds, waiting, running or not yet read, at least 1. */
  @WithDefault("256")
  int maxQueuedRequests();

  /** Most prompt tokens of all requests that one model holds, at least 1. */
  @WithDefault("262144")
  long maxQueuedTokens();

  /**
   * The part of both that one tenant may hold while it is alone, above 0 and at most 1; the more
   * others hold, the less it may. With 1 a tenant may fill the queue.
   */
  @WithDefault("0.75")
  double tenantShare();

  /** What a caller is told to wait when the queue is full, more than 0. */
  @WithDefault("1s")
  Duration retryAfter();

  /**
   * How long one step of an engine may take before the service counts as dead, more than 0. A step
   * is one run of the model, of a chunk of a prompt at most.
   */
  @WithDefault("60s")
  Duration stuckAfter();

  /** Most time for compiling one constraint, more than 0. */
  @WithDefault("2s")
  Duration constraintTime();

  /** Bound on the memory for compiled constraints that a model keeps, in bytes, at least 1. */
  @WithDefault("67108864")
  long constraintCacheBytes();

  /** How long running requests may take to finish when the service stops, at least 0. */
  @WithDefault("10s")
  Duration shutdownGrace();

  /** Pause between two tries to get a vocabulary from the tokenizer service, more than 0. */
  @WithDefault("500ms")
  Duration vocabularyRetry();

  /**
   * Where a model runs.
   *
   * @throws IllegalArgumentException naming the key and its value
   */
  static Device device(GeneratorConfig config, String model) {
    String own = config.devices().get(model);
    return own == null
        ? Device.parse("weft.generator.device", config.device())
        : Device.parse("weft.generator.devices.\"%s\"".formatted(model), own);
  }

  /**
   * Checks what types cannot say.
   *
   * @throws IllegalArgumentException naming the key, its value and its limit
   */
  static void validate(GeneratorConfig config) {
    atLeast("threads", config.threads().orElse(1), 1);
    device(config, "").check();
    config.devices().keySet().forEach(model -> device(config, model).check());
    atLeast("slots", config.slots(), 1);
    atLeast("context-length", config.contextLength(), 2);
    atLeast("prefill-chunk", config.prefillChunk(), 1);
    atLeast("max-cache-bytes", config.maxCacheBytes(), 1);
    atLeast("prefix-cache-bytes", config.prefixCacheBytes(), 0);
    atLeast("speculation-draft", config.speculationDraft(), 1);
    if (config.speculationDraft() > LONGEST_DRAFT) {
      throw new IllegalArgumentException(
          "weft.generator.speculation-draft is %d, it must be at most %d"
              .formatted(config.speculationDraft(), LONGEST_DRAFT));
    }
    atLeast("speculation-max-sequences", config.speculationMaxSequences(), 1);
    atLeast("max-queued-requests", config.maxQueuedRequests(), 1);
    atLeast("max-queued-tokens", config.maxQueuedTokens(), 1);
    if (!(config.tenantShare() > 0 && config.tenantShare() <= 1)) {
      throw new IllegalArgumentException(
          "weft.generator.tenant-share is %s, it must be above 0 and at most 1"
              .formatted(config.tenantShare()));
    }
    positive("retry-after", config.retryAfter());
    positive("stuck-after", config.stuckAfter());
    positive("constraint-time", config.constraintTime());
    atLeast("constraint-cache-bytes", config.constraintCacheBytes(), 1);
    positive("vocabulary-retry", config.vocabularyRetry());
    if (config.shutdownGrace().isNegative()) {
      throw new IllegalArgumentException(
          "weft.generator.shutdown-grace is %s, it must be at least 0"
              .formatted(config.shutdownGrace()));
    }
  }

  private static void atLeast(String key, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "weft.generator.%s is %d, it must be at least %d".formatted(key, value, least));
    }
  }

  private static void positive(String key, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException(
          "weft.generator.%s is %s, it must be more than 0".formatted(key, value));
    }
  }
}
