package io.weft.gateway.backend;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the next token is chosen. An absent value means the generator's default.
 *
 * @param temperature 0 is greedy; [0, 2]
 * @param topK keep the k likeliest tokens; 0 keeps all
 * @param topP keep the smallest set whose probability reaches this; (0, 1]
 * @param minP keep tokens at least this likely relative to the likeliest; [0, 1]
 * @param typicalP keep the smallest set of typical tokens whose probability reaches this; (0, 1]
 * @param repetitionPenalty divides the logits of tokens seen; (0, 10]
 * @param presencePenalty subtracted once from the logit of each generated token; [-2, 2]
 * @param frequencyPenalty subtracted per occurrence; [-2, 2]
 * @param noRepeatNgramSize no sequence of so many tokens comes twice; 0 is off; [0, 64]
 * @param logitBias added to logits, by token id; [-100, 100] each
 * @param seed same seed, same text
 */
public record Sampling(
    @Nullable Float temperature,
    @Nullable Integer topK,
    @Nullable Float topP,
    @Nullable Float minP,
    @Nullable Float typicalP,
    @Nullable Float repetitionPenalty,
    @Nullable Float presencePenalty,
    @Nullable Float frequencyPenalty,
    @Nullable Integer noRepeatNgramSize,
    Map<Integer, Float> logitBias,
    @Nullable Long seed) {
  public Sampling {
    logitBias = Map.copyOf(logitBias);
  }
}
