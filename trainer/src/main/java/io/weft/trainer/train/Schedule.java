package io.weft.trainer.train;

/**
 * The learning rate: it rises in a line from 0 to its peak, and falls in a line to 0, as
 * transformers' {@code get_linear_schedule_with_warmup} has it.
 *
 * @param peak of the rate
 * @param warmup steps of the rise
 * @param steps all
 */
record Schedule(double peak, long warmup, long steps) {
  static Schedule of(Recipe recipe, long steps) {
    long warmup = (long) Math.ceil(steps * recipe.warmupShare());
    return new Schedule(recipe.learningRate(), warmup, steps);
  }

  /** The rate of a step, from 0. */
  double rate(long step) {
    return step < warmup
        ? peak * step / Math.max(1, warmup)
        : peak * Math.max(0, steps - step) / Math.max(1, steps - warmup);
  }
}
