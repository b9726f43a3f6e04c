package io.weft.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * What a client may choose about a generation.
 *
 * @param n sequences from each prompt, 1 to 16
 * @param bestOf how many are generated, of which the n likeliest are returned, n to 16; absent
 *     means n
 * @param sampling how tokens are chosen
 * @param beamSearch absent means none
 * @param stop when a sequence ends
 * @param topLogprobs how many rivals' log probabilities to return with each token, 0 to 20; absent
 *     means no log probabilities at all
 * @param promptLogprobs the same for each token of the prompt
 * @param includeSpecialTokens keep special tokens in the text
 * @param constraint the shape of the text; absent means any
 */
public record GenerationOptions(
    int n,
    @Nullable Integer bestOf,
    Sampling sampling,
    @Nullable BeamSearch beamSearch,
    StopConditions stop,
    @Nullable Integer topLogprobs,
    @Nullable Integer promptLogprobs,
    boolean includeSpecialTokens,
    @Nullable Constraint constraint) {
  /** How many sequences are generated for each prompt; {@code n} of them are returned. */
  public int generated() {
    return beamSearch != null
        ? Math.max(n, beamSearch.numBeams())
        : bestOf == null ? n : Math.max(n, bestOf);
  }

  /** The same with a shape of the text. */
  public GenerationOptions with(Constraint shape) {
    return new GenerationOptions(
        n,
        bestOf,
        sampling,
        beamSearch,
        stop,
        topLogprobs,
        promptLogprobs,
        includeSpecialTokens,
        shape);
  }

  /** The same with special tokens in the text. */
  public GenerationOptions withSpecialTokens() {
    return new GenerationOptions(
        n, bestOf, sampling, beamSearch, stop, topLogprobs, promptLogprobs, true, constraint);
  }
}
