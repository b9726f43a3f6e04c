package io.weft.generator.sampling;

import java.util.Map;

/**
 * How the next token is chosen, in the order of transformers: {@code logitBias}, {@code penalties},
 * temperature, then {@code topK}, {@code topP}, {@code minP} and {@code typicalP}.
 * docs/generation.md has the whole table.
 *
 * @param temperature divides the logits, 0 to 2; below {@value #GREEDY_BELOW} the likeliest token
 *     is taken
 * @param topK keeps the k likeliest tokens and those as likely as the last of them; 0 keeps all
 * @param topP keeps the smallest set whose probability reaches this, in (0, 1]
 * @param minP keeps tokens at least this likely relative to the likeliest, 0 to 1
 * @param typicalP keeps the smallest set of tokens, those of about the expected information first,
 *     whose probability reaches this, in (0, 1]; 1 keeps all (Meister et al., Locally Typical
 *     Sampling, 2022)
 * @param penalties for what came before
 * @param seed decides all random choices
 * @param logitBias added to the logits of these ids before all else
 */
public record SamplingOptions(
    float temperature,
    int topK,
    float topP,
    float minP,
    float typicalP,
    Penalties penalties,
    long seed,
    Map<Integer, Float> logitBias) {
  /** Dividing by less than this would overflow; its effect is the same. */
  private static final float GREEDY_BELOW = 1e-5f;

  public SamplingOptions {
    logitBias = Map.copyOf(logitBias);
  }

  /** All tokens typical, and no penalties. */
  public SamplingOptions(
      float temperature,
      int topK,
      float topP,
      float minP,
      long seed,
      Map<Integer, Float> logitBias) {
    this(temperature, topK, topP, minP, 1, Penalties.NONE, seed, logitBias);
  }

  /** Always the likeliest token. */
  public static SamplingOptions likeliest() {
    return new SamplingOptions(0, 0, 1, 0, 0, Map.of());
  }

  /** Whether the likeliest token is taken, without chance. */
  boolean isGreedy() {
    return temperature < GREEDY_BELOW;
  }
}
