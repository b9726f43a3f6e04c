package io.weft.generator.sampling;

/**
 * How tokens that were seen before become less likely.
 *
 * @param repetition divides the positive logits and multiplies the negative ones of all tokens of
 *     the prompt and the output, in (0, 10]; 1 changes nothing (Keskar et al., CTRL, 2019)
 * @param presence subtracted once from the logit of each token of the output, -2 to 2
 * @param frequency subtracted for each time that a token is in the output, -2 to 2
 * @param noRepeatNgram no sequence of so many tokens comes twice in prompt and output together, 0
 *     to 64; 0 is off
 */
public record Penalties(float repetition, float presence, float frequency, int noRepeatNgram) {
  /** Changes nothing. */
  public static final Penalties NONE = new Penalties(1, 0, 0, 0);

  public Penalties {
    if (!(repetition > 0) || noRepeatNgram < 0) {
      throw new IllegalArgumentException(
          "repetition penalty %s, n-grams of %d".formatted(repetition, noRepeatNgram));
    }
  }

  /** Whether it matters which tokens were seen. */
  boolean countTokens() {
    return repetition != 1 || presence != 0 || frequency != 0;
  }
}
