package io.weft.trainer.train;

import java.util.SplittableRandom;

/**
 * What a run draws by chance, each from the seed and a place in the run, so that a run that goes on
 * after a kill draws the same.
 */
final class Order {
  private Order() {}

  /** The order of an epoch's examples: each index below {@code count} once. */
  static int[] of(long seed, int epoch, int count) {
    SplittableRandom random = new SplittableRandom(mix(seed, epoch));
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** The seed of libtorch's generator for one batch. */
  static int ofDropout(long seed, long step, int batch) {
    return (int) mix(mix(seed, step), batch);
  }

  private static long mix(long seed, long place) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + place).nextLong();
  }
}
