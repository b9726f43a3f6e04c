package io.weft.generator;

import io.weft.generator.engine.GenerationRequest;
import io.weft.generator.engine.OutputOptions;
import io.weft.generator.engine.Prompt;
import io.weft.generator.engine.StopOptions;
import io.weft.generator.sampling.Penalties;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.Sampling;
import io.weft.proto.generator.v1.StopConditions;
import io.weft.runtime.error.WeftException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Requests of the contract as the engine takes them, but for {@link ConstraintProtos constraints}.
 * Every bound of the contract is checked here; a parameter that this version does not carry out is
 * refused, unless its value changes nothing.
 */
final class RequestProtos {
  private static final int MAX_SEQUENCES = 16;
  private static final int MAX_BIASES = 1_024;
  private static final int MAX_STOPS = 16;
  private static final int MAX_STOP_BYTES = 1_024;
  private static final int MAX_STOP_IDS = 1_024;
  private static final int MAX_TOP_LOGPROBS = 20;

  /** Some 10 MB of a message. */
  private static final int MAX_PROMPT_LOGPROBS = 262_144;

  private static final int MAX_TENANT_LENGTH = 256;

  private RequestProtos() {}

  /**
   * A request for a model.
   *
   * @throws WeftException.InvalidRequest naming the parameter, its limit and its value
   */
  static GenerationRequest request(GenerateRequest proto, RequestLimits limits) {
    Prompt prompt = prompt(proto.getPromptIdsList(), limits);
    int n = proto.hasN() ? Invalid.inRange("n", proto.getN(), 1, MAX_SEQUENCES) : 1;
    Invalid.atMost("tenant", "characters of tenant", proto.getTenant().length(), MAX_TENANT_LENGTH);
    return new GenerationRequest(
        prompt,
        n,
        proto.hasSampling() ? sampling(proto.getSampling(), limits) : SamplingOptions.likeliest(),
        stop(proto.getStop(), prompt, limits),
        output(proto, prompt),
        proto.getTenant(),
        bestOf(proto.getSampling(), n),
        BeamProtos.beams(proto, n, limits));
  }

  private static Prompt prompt(List<Integer> ids, RequestLimits limits) {
    if (ids.isEmpty()) {
      throw Invalid.outOfRange("prompt_ids", "prompt of 0 tokens, at least 1 is needed");
    }
    Integer start = limits.decoderStart();
    // A decoder's output needs room behind its prompt; an encoder's input has its own.
    int longest = start == null ? limits.contextLength() - 1 : limits.contextLength();
    if (ids.size() > longest) {
      throw new WeftException.InvalidRequest(
          "CONTEXT_LENGTH_EXCEEDED",
          String.format(Locale.ROOT, "prompt of %,d tokens > %,d", ids.size(), longest),
          "prompt_ids");
    }
    int[] given = new int[ids.size()];
    for (int i = 0; i < given.length; i++) {
      given[i] = tokenId("prompt_ids", ids.get(i), limits);
    }
    Prompt prompt = Prompt.of(given);
    return start == null ? prompt : Prompt.ofInput(prompt, start);
  }

  private static SamplingOptions sampling(Sampling proto, RequestLimits limits) {
    SamplingDefaults defaults = limits.defaults();
    return new SamplingOptions(
        proto.hasTemperature()
            ? Invalid.inRange("sampling.temperature", proto.getTemperature(), 0, 2)
            : defaults.temperature(),
        proto.hasTopK()
            ? Invalid.inRange("sampling.top_k", proto.getTopK(), 0, limits.vocabularySize())
            : defaults.topK(),
        proto.hasTopP() ? Invalid.above("sampling.top_p", proto.getTopP(), 0, 1) : defaults.topP(),
        Invalid.inRange("sampling.min_p", proto.getMinP(), 0, 1),
        proto.hasTypicalP() ? Invalid.above("sampling.typical_p", proto.getTypicalP(), 0, 1) : 1,
        penalties(proto, defaults),
        proto.hasSeed() ? proto.getSeed() : ThreadLocalRandom.current().nextLong(),
        logitBias(proto.getLogitBiasMap(), limits));
  }

  private static Penalties penalties(Sampling proto, SamplingDefaults defaults) {
    return new Penalties(
        proto.hasRepetitionPenalty()
            ? Invalid.above("sampling.repetition_penalty", proto.getRepetitionPenalty(), 0, 10)
            : defaults.repetitionPenalty(),
        Invalid.inRange("sampling.presence_penalty", proto.getPresencePenalty(), -2, 2),
        Invalid.inRange("sampling.frequency_penalty", proto.getFrequencyPenalty(), -2, 2),
        Invalid.inRange("sampling.no_repeat_ngram_size", proto.getNoRepeatNgramSize(), 0, 64));
  }

  private static int bestOf(Sampling proto, int n) {
    return proto.hasBestOf()
        ? Invalid.inRange("sampling.best_of", proto.getBestOf(), n, MAX_SEQUENCES)
        : n;
  }

  private static Map<Integer, Float> logitBias(Map<Integer, Float> biases, RequestLimits limits) {
    Invalid.atMost("sampling.logit_bias", "biases", biases.size(), MAX_BIASES);
    biases.forEach(
        (id, bias) -> {
          tokenId("sampling.logit_bias", id, limits);
          Invalid.inRange("sampling.logit_bias", bias, -100, 100);
        });
    return biases;
  }

  private static StopOptions stop(StopConditions proto, Prompt prompt, RequestLimits limits) {
    int context = limits.contextLength();
    int left = context - prompt.length();
    int maxTokens =
        proto.hasMaxTokens()
            ? Invalid.inRange("stop.max_tokens", proto.getMaxTokens(), 0, context)
            : left;
    int minTokens = Invalid.inRange("stop.min_tokens", proto.getMinTokens(), 0, maxTokens);
    Invalid.atMost("stop.stop", "stop strings", proto.getStopCount(), MAX_STOPS);
    for (String stop : proto.getStopList()) {
      int bytes = stop.getBytes(StandardCharsets.UTF_8).length;
      if (bytes < 1 || bytes > MAX_STOP_BYTES) {
        throw Invalid.outOfRange(
            "stop.stop",
            String.format(
                Locale.ROOT,
                "a stop string has %,d bytes, it must have between 1 and %,d",
                bytes,
                MAX_STOP_BYTES));
      }
    }
    Invalid.atMost(
        "stop.stop_token_ids", "stop tokens", proto.getStopTokenIdsCount(), MAX_STOP_IDS);
    Set<Integer> endIds = new HashSet<>(proto.getIgnoreEos() ? List.of() : limits.eos());
    for (int id : proto.getStopTokenIdsList()) {
      endIds.add(tokenId("stop.stop_token_ids", id, limits));
    }
    if (minTokens > 0 && endIds.size() >= limits.vocabularySize()) {
      throw Invalid.value(
          "stop.min_tokens",
          "min_tokens is %d but every token ends the sequence".formatted(minTokens));
    }
    int most = Math.min(maxTokens, left);
    return new StopOptions(
        most, Math.min(minTokens, most), proto.getStopList(), endIds, proto.getIncludeStopText());
  }

  private static OutputOptions output(GenerateRequest proto, Prompt prompt) {
    io.weft.proto.generator.v1.OutputOptions output = proto.getOutput();
    int top = Invalid.inRange("output.top_logprobs", output.getTopLogprobs(), 0, MAX_TOP_LOGPROBS);
    if (output.getPromptLogprobs()) {
      if (prompt.input() != null) {
        throw Invalid.value(
            "output.prompt_logprobs",
            "log probabilities of a prompt need a decoder: an encoder gives its input none");
      }
      Invalid.atMost(
          "output.prompt_logprobs",
          "log probabilities of the prompt",
          prompt.length() * (1 + top),
          MAX_PROMPT_LOGPROBS);
    }
    return new OutputOptions(
        output.hasTopLogprobs() ? top : null,
        output.getPromptLogprobs(),
        output.getIncludeSpecialTokens());
  }

  private static int tokenId(String param, int id, RequestLimits limits) {
    if (id < 0 || id >= limits.vocabularySize()) {
      throw Invalid.value(
          param,
          String.format(
              Locale.ROOT,
              "token id %,d is not between 0 and %,d",
              id,
              limits.vocabularySize() - 1));
    }
    return id;
  }
}
