package io.weft.generator.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How much of a long prompt runs between two decode steps: as much as takes no longer than a decode
 * step does, so that sequences that decode keep at least half of their speed beside a prompt of any
 * length. What runs take is learned from the runs themselves, since it differs by model, machine
 * and load.
 *
 * <p>Prompts are cut into a few sizes only: 8, 12, 16, 24, 32, 48 and so on below the full chunk,
 * and the full chunk. The smallest one runs even when it takes longer than a decode step.
 *
 * <p>Mutable; belongs to the engine's thread.
 */
final class PrefillPace {
  private static final int SMALLEST = 8;

  /** How much of its distance to a new measurement an estimate moves. */
  private static final double STEP = 0.25;

  /** What a larger size's estimate loses with each run of a smaller one, so that it is retried. */
  private static final double FADE = 0.99;

  private final int[] sizes;

  /** What a run of each size is expected to take, in nanoseconds; NaN before the first one. */
  private final double[] runNs;

  /** What a decode step is expected to take; 0 before the first one. */
  private double decodeNs;

  /**
   * @param chunk most tokens of a run, at least 1
   */
  PrefillPace(int chunk) {
    this.sizes = sizes(chunk);
    this.runNs = new double[sizes.length];
    Arrays.fill(runNs, Double.NaN);
  }

  /** Tokens that may run while sequences wait to decode. */
  int tokens() {
    int best = sizes[0];
    double expected = Double.NaN;
    for (int i = 0; i < sizes.length; i++) {
      // A larger run is never slower for each token.
      double atMost = i == 0 ? Double.NaN : expected * sizes[i] / sizes[i - 1];
      if (Double.isNaN(runNs[i]) || Double.isNaN(atMost)) {
        expected = Double.isNaN(runNs[i]) ? atMost : runNs[i];
      } else {
        expected = Math.min(runNs[i], atMost);
      }
      // Never so while nothing is known.
      if (expected <= decodeNs) {
        best = sizes[i];
      }
    }
    return best;
  }

  /** A part of a prompt has run. */
  void prefilled(int tokens, long ns) {
    int i = Arrays.binarySearch(sizes, tokens);
    if (i < 0) {
      return;
    }
    runNs[i] = Double.isNaN(runNs[i]) ? ns : runNs[i] + STEP * (ns - runNs[i]);
    for (int larger = i + 1; larger < sizes.length; larger++) {
      runNs[larger] *= FADE;
    }
  }

  /** A decode step has run. */
  void decoded(long ns) {
    decodeNs = decodeNs == 0 ? ns : decodeNs + STEP * (ns - decodeNs);
  }

  /** All sizes that parts have, in order. */
  static int[] sizes(int chunk) {
    List<Integer> sizes = new ArrayList<>();
    for (int size = SMALLEST; size < chunk; size *= 2) {
      sizes.add(size);
      if (size * 3 / 2 < chunk) {
        sizes.add(size * 3 / 2);
      }
    }
    sizes.add(chunk);
    return sizes.stream().mapToInt(Integer::intValue).toArray();
  }
}
