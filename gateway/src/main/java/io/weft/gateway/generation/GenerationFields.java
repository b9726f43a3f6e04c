package io.weft.gateway.generation;

import io.weft.gateway.backend.BeamSearch;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.backend.StopConditions;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fields that chat and completion requests share, with their ranges. Fields in the manner of
 * vLLM are {@code best_of}, {@code min_tokens}, {@code stop_token_ids}, {@code
 * include_stop_str_in_output}, {@code ignore_eos}, {@code prompt_logprobs} and {@code
 * skip_special_tokens}; more of them are in {@link SamplingFields} and {@link ConstraintFields}.
 * Used by one thread while a body is read.
 */
public final class GenerationFields {
  /** Most sequences from one prompt. */
  public static final int MAX_N = 16;

  private static final int MAX_MODEL_NAME = 256;
  private static final int MAX_PROMPT_LOGPROBS = 20;
  private static final int MAX_STOPS = 16;
  private static final int MAX_STOP_BYTES = 1_024;
  private static final int MAX_STOP_TOKEN_IDS = 1_024;

  private final SamplingFields sampling = new SamplingFields();
  private final BeamFields beams = new BeamFields();
  private final ConstraintFields constraints = new ConstraintFields();
  private @Nullable String model;
  private int n = 1;
  private boolean stream;
  private @Nullable Boolean includeUsage;
  private @Nullable Integer bestOf;
  private @Nullable Integer maxTokens;
  private String maxTokensParam = "max_tokens";
  private @Nullable Integer minTokens;
  private List<String> stop = List.of();
  private List<Integer> stopTokenIds = List.of();
  private boolean includeStopText;
  private boolean ignoreEos;
  private @Nullable Integer promptLogprobs;
  private boolean includeSpecialTokens;

  /** Takes the value of one field if it is one of the shared ones, else returns false. */
  public boolean take(String name, JsonReader value) {
    switch (name) {
      case "model" -> model = modelName(value);
      case "n" -> n = value.integer(1, MAX_N);
      case "best_of" -> bestOf = value.integer(1, MAX_N);
      case "stream" -> stream = value.bool();
      case "stream_options" -> takeStreamOptions(value);
      case "max_tokens" -> maxTokens = value.integer(1, Integer.MAX_VALUE);
      case "min_tokens" -> minTokens = value.integer(0, Integer.MAX_VALUE);
      case "stop" -> stop = stops(value);
      case "stop_token_ids" ->
          stopTokenIds = value.list(MAX_STOP_TOKEN_IDS, () -> value.integer(0, Integer.MAX_VALUE));
      case "include_stop_str_in_output" -> includeStopText = value.bool();
      case "ignore_eos" -> ignoreEos = value.bool();
      case "prompt_logprobs" -> promptLogprobs = value.integer(0, MAX_PROMPT_LOGPROBS);
      case "skip_special_tokens" -> includeSpecialTokens = !value.bool();
      case "allowed_token_ids", "bad_words", "logits_processors", "truncate_prompt_tokens" ->
          Refused.unlessEmpty(value);
      default -> {
        return sampling.take(name, value)
            || beams.take(name, value)
            || constraints.take(name, value);
      }
    }
    return true;
  }

  /** The name of the model, as the request says it. */
  public static String modelName(JsonReader value) {
    String name = value.string();
    if (name.isEmpty() || name.length() > MAX_MODEL_NAME) {
      throw Invalid.range(
          "model",
          "model has %,d characters, it must have between 1 and %,d"
              .formatted(name.length(), MAX_MODEL_NAME));
    }
    return name;
  }

  /** The name of the model; required. */
  public String model() {
    if (model == null) {
      throw Invalid.missing("model");
    }
    return model;
  }

  /** Whether the answer is to be streamed. */
  public boolean stream() {
    return stream;
  }

  /** Whether a stream is to end with a usage chunk. */
  public boolean includeUsage() {
    if (includeUsage != null && !stream) {
      throw Invalid.value("stream_options", "stream_options needs stream to be true");
    }
    return includeUsage != null && includeUsage;
  }

  /** Another name for {@code max_tokens}, which then must be absent. */
  public void setMaxTokens(String otherName, int value) {
    if (maxTokens != null) {
      throw Invalid.value(otherName, "max_tokens and %s exclude each other".formatted(otherName));
    }
    maxTokens = value;
    maxTokensParam = otherName;
  }

  /**
   * All that goes to the generator.
   *
   * @param topLogprobs see {@link GenerationOptions}
   */
  public GenerationOptions options(@Nullable Integer topLogprobs) {
    if (minTokens != null && maxTokens != null && minTokens > maxTokens) {
      throw Invalid.range(
          "min_tokens",
          "min_tokens is %,d > %s, %,d".formatted(minTokens, maxTokensParam, maxTokens));
    }
    if (bestOf != null && bestOf < n) {
      throw Invalid.range("best_of", "best_of is %,d < n, %,d".formatted(bestOf, n));
    }
    if (bestOf != null && bestOf > n && stream) {
      throw Invalid.value(
          "best_of", "best_of is %,d > n, %,d: this cannot be streamed".formatted(bestOf, n));
    }
    BeamSearch search = beams.beamSearch(n);
    if (search != null && topLogprobs != null) {
      throw Invalid.value("logprobs", "logprobs and num_beams exclude each other");
    }
    if (promptLogprobs != null && (search != null || stream)) {
      throw Invalid.value(
          "prompt_logprobs",
          "prompt_logprobs and %s exclude each other"
              .formatted(search == null ? "stream" : "num_beams"));
    }
    return new GenerationOptions(
        n,
        bestOf,
        sampling.sampling(),
        search,
        new StopConditions(
            maxTokens, maxTokensParam, minTokens, stop, stopTokenIds, includeStopText, ignoreEos),
        topLogprobs,
        promptLogprobs,
        includeSpecialTokens,
        constraints.constraint());
  }

  private void takeStreamOptions(JsonReader value) {
    includeUsage = false;
    value.object(
        (name, option) -> {
          if (name.equals("include_usage")) {
            includeUsage = option.bool();
          } else {
            option.skip();
          }
        });
  }

  private static List<String> stops(JsonReader value) {
    if (value.isString()) {
      return List.of(stop(value));
    }
    if (value.isArray()) {
      return value.list(MAX_STOPS, () -> stop(value));
    }
    throw value.wrongType("a string or a list of strings");
  }

  private static String stop(JsonReader value) {
    String stop = value.string();
    int bytes = stop.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > MAX_STOP_BYTES) {
      throw Invalid.range(
          value.path(),
          "%s has %,d bytes, it must have between 1 and %,d"
              .formatted(value.path(), bytes, MAX_STOP_BYTES));
    }
    return stop;
  }
}
