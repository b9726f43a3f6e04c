package io.weft.generator.sampling;

/**
 * Locally typical sampling (Meister et al., 2022), as transformers' TypicalLogitsWarper: tokens
 * whose information is closest to the distribution's entropy are kept, until their probability
 * reaches a mass. Those kept lie between two logits, so it can leave out the likeliest.
 */
final class TypicalFilter {
  private TypicalFilter() {}

  /**
   * Makes tokens impossible that are not typical among those from {@code cut} up.
   *
   * @param mass in (0, 1)
   * @return the new cut, at least the old one
   */
  static float apply(Logits logits, float cut, float temperature, float mass) {
    double sum = logits.weigh(cut, temperature);
    double entropy = entropy(logits, cut, temperature, sum);
    float from = Math.max(cut, leastThatMatters(logits, temperature, mass, sum, entropy));
    // As a depth below the likeliest token, whose own information is ln(sum).
    double typical = entropy - Math.log(sum);
    float distance = logits.distanceAtSum(from, temperature, typical, mass * sum);
    logits.keepWithin(from, temperature, typical, distance);
    return from;
  }

  /** In nats. A token's information is ln(sum) - (logit - max) / temperature. */
  private static double entropy(Logits logits, float cut, float temperature, double sum) {
    return Math.log(sum) + logits.weightedDepth(cut) / (temperature * sum);
  }

  /**
   * Tokens below this are kept never, or matter not: they are further from the entropy than all
   * that are likelier, and together weigh less than what the mass leaves out.
   */
  private static float leastThatMatters(
      Logits logits, float temperature, float mass, double sum, double entropy) {
    double spare = (1 - (double) mass) * sum / logits.size();
    double depth = Math.max(-Math.log(spare), 2 * entropy - Math.log(sum));
    return (float) (logits.max() - temperature * depth);
  }
}
