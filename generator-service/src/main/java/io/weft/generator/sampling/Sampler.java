package io.weft.generator.sampling;

import java.util.SplittableRandom;

/**
 * Chooses the tokens of one sequence. It has its own random numbers, one for each token, so that
 * its choices do not depend on what else runs. Mutable; belongs to the engine's thread.
 */
public final class Sampler {
  private final SamplingOptions options;
  private final SplittableRandom random;

  /**
   * @param index which sequence of its request this is: sequences of one seed differ by it
   */
  public Sampler(SamplingOptions options, int index) {
    this.options = options;
    SplittableRandom own = new SplittableRandom(options.seed());
    for (int i = 0; i < index; i++) {
      own = own.split();
    }
    this.random = own;
  }

  /** Chooses from a row that {@link Logits#scan} found good, which is then no longer whole. */
  public int choose(Logits logits) {
    if (options.isGreedy()) {
      return logits.argMax();
    }
    float cut = filter(logits);
    double sum = logits.weigh(cut, options.temperature());
    return logits.idAtSum(cut, random.nextDouble() * sum);
  }

  /** Applies all filters: what stays is what is at least as large as the result. */
  float filter(Logits logits) {
    float cut = cut(logits);
    return options.typicalP() < 1
        ? TypicalFilter.apply(logits, cut, options.temperature(), options.typicalP())
        : cut;
  }

  /** The smallest logit that all filters keep but the last, typicalP. */
  float cut(Logits logits) {
    float temperature = options.temperature();
    float cut = logits.max() + Exponential.LOWEST * temperature;
    if (options.minP() > 0) {
      cut = Math.max(cut, (float) (logits.max() + temperature * Math.log(options.minP())));
    }
    float kth = Float.NEGATIVE_INFINITY;
    if (options.topK() > 0 && options.topK() < logits.size()) {
      kth = logits.kthLargest(options.topK());
    }
    if (options.topP() < 1) {
      // Probabilities are those among the k likeliest, and minP does not narrow them: it comes
      // last.
      float from = Math.max(kth, logits.max() + Exponential.LOWEST * temperature);
      double sum = logits.weigh(from, temperature);
      // All logits below this together weigh less than what topP leaves out.
      double spare = (1 - (double) options.topP()) * sum / logits.size();
      float least = (float) (logits.max() + temperature * Math.log(spare));
      cut = Math.max(cut, logits.cutAtSum(Math.max(from, least), options.topP() * sum));
    }
    return Math.max(cut, kth);
  }
}
