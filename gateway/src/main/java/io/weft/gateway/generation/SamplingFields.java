package io.weft.gateway.generation;

import io.weft.gateway.backend.Sampling;
import io.weft.gateway.json.Bounds;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a request that say how tokens are chosen, with their ranges. OpenAI's are {@code
 * temperature}, {@code top_p}, {@code presence_penalty}, {@code frequency_penalty}, {@code
 * logit_bias} and {@code seed}; the others are vLLM's. Used by one thread while a body is read.
 */
final class SamplingFields {
  private static final int MAX_LOGIT_BIASES = 1_024;
  private static final int MAX_NGRAM = 64;
  private static final Bounds PENALTY = Bounds.closed(-2, 2);
  private static final Bounds PROBABILITY = Bounds.above(0, 1);

  private @Nullable Float temperature;
  private @Nullable Integer topK;
  private @Nullable Float topP;
  private @Nullable Float minP;
  private @Nullable Float typicalP;
  private @Nullable Float repetitionPenalty;
  private @Nullable Float presencePenalty;
  private @Nullable Float frequencyPenalty;
  private @Nullable Integer noRepeatNgramSize;
  private Map<Integer, Float> logitBias = Map.of();
  private @Nullable Long seed;

  /** Takes the value of one field if it is one of these, else returns false. */
  boolean take(String name, JsonReader value) {
    switch (name) {
      case "temperature" -> temperature = value.number(Bounds.closed(0, 2));
      // -1 is vLLM's way to say all
      case "top_k" -> topK = Math.max(0, value.integer(-1, Integer.MAX_VALUE));
      case "top_p" -> topP = value.number(PROBABILITY);
      case "min_p" -> minP = value.number(Bounds.closed(0, 1));
      case "typical_p" -> typicalP = value.number(PROBABILITY);
      case "repetition_penalty" -> repetitionPenalty = value.number(Bounds.above(0, 10));
      case "presence_penalty" -> presencePenalty = value.number(PENALTY);
      case "frequency_penalty" -> frequencyPenalty = value.number(PENALTY);
      case "no_repeat_ngram_size" -> noRepeatNgramSize = value.integer(0, MAX_NGRAM);
      case "logit_bias" -> logitBias = logitBias(value);
      case "seed" -> seed = value.integer(Long.MIN_VALUE, Long.MAX_VALUE);
      default -> {
        return false;
      }
    }
    return true;
  }

  Sampling sampling() {
    return new Sampling(
        temperature,
        topK,
        topP,
        minP,
        typicalP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        noRepeatNgramSize,
        logitBias,
        seed);
  }

  private static Map<Integer, Float> logitBias(JsonReader value) {
    Map<Integer, Float> biases = new HashMap<>();
    value.object(
        (token, bias) -> {
          if (biases.size() == MAX_LOGIT_BIASES) {
            throw Invalid.range(
                "logit_bias", "logit_bias has more than %,d entries".formatted(MAX_LOGIT_BIASES));
          }
          if (!token.matches("[0-9]{1,9}")) {
            throw Invalid.value("logit_bias", "the keys of logit_bias must be token ids");
          }
          biases.put(Integer.valueOf(token), bias.number(Bounds.closed(-100, 100)));
        });
    return biases;
  }
}
