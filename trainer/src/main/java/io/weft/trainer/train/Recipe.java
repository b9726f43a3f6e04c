package io.weft.trainer.train;

/**
 * How to train.
 *
 * @param epochs times that every example is seen, 1 to 1,000
 * @param batch examples that are computed together, 1 to 1,024
 * @param accumulate batches whose gradients make one step, 1 to 1,024
 * @param learningRate at its peak, in (0, 1]
 * @param weightDecay share of each weight that a step takes away, times the rate, in [0, 1]
 * @param warmupShare of all steps, in which the rate rises from 0, in [0, 1]
 * @param clip longest gradient over all parameters, more than 0
 * @param seed of order, dropout and new weights
 */
public record Recipe(
    int epochs,
    int batch,
    int accumulate,
    double learningRate,
    double weightDecay,
    double warmupShare,
    double clip,
    long seed) {
  public Recipe {
    check("epochs", epochs, 1, 1_000);
    check("batch", batch, 1, 1_024);
    check("accumulate", accumulate, 1, 1_024);
    check("lr", learningRate, Double.MIN_NORMAL, 1);
    check("weight-decay", weightDecay, 0, 1);
    check("warmup", warmupShare, 0, 1);
    check("clip", clip, Double.MIN_NORMAL, 1e9);
  }

  private static void check(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      String from = least == Double.MIN_NORMAL ? "(0" : "[" + shown(least);
      throw new IllegalArgumentException(
          "%s is %s, it must lie in %s, %s]".formatted(name, shown(value), from, shown(most)));
    }
  }

  private static String shown(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? "%,d".formatted((long) value)
        : String.valueOf(value);
  }
}
