package io.weft.generator.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How much of a prompt runs with a decode step: of a short one as much as takes no longer than the
 * step does, of a long one as much as takes three quarters of that, since it holds up sequences
 * that decode for seconds: they keep more than half of their speed beside it. What runs take is
 * learned from the runs themselves, since it differs by model, machine and load.
 *
 * <p>Prompts are cut into a few sizes only: 8, 12, 16, 24, 32, 48 and so on below the full chunk,
 * and the full chunk. The smallest one runs even when it takes longer than a decode step.
 *
 * <p>Mutable; belongs to the engine's thread.
 */
final class PrefillPace {
  private static final int SMALLEST = 8;

  /** Most time of a part of a long prompt, in that of the step without it. */
  private static final double SHARE_OF_LONG = 0.75;

  /** How much of their distance to a new measurement the times of steps move. */
  private static final double STEP = 0.25;

  /** How much of what was learned of parts is left after another part. */
  private static final double KEPT = 0.9;

  /** What else the machine does makes single steps several times as long: more counts as this. */
  private static final double ODD = 2;

  /** Steps with a part after which one without is due, to know what that takes now. */
  private static final int STALE = 8;

  private final int[] sizes;

  /**
   * What the last parts added to their steps, in ns, and their tokens; the older, the less it
   * counts. Sums, since parts of few tokens say little of what one takes.
   */
  private double partNs;

  private double partTokens;

  /** What a step is expected to take without a part, by its rows; NaN before the first one. */
  private final double[] decodeNs;

  /** Steps with a part since the last one without. */
  private int age;

  /**
   * @param chunk most tokens of a run, at least 1
   * @param rows most rows of a step
   */
  PrefillPace(int chunk, int rows) {
    this.sizes = sizes(chunk);
    this.decodeNs = new double[rows + 1];
    Arrays.fill(decodeNs, Double.NaN);
  }

  /**
   * Tokens of a prompt that may run with a decode step.
   *
   * @param rows of the step, at least 1
   * @param ofLong whether it is a long prompt
   * @return 0 when it is not known what the step takes without them
   */
  int tokens(int rows, boolean ofLong) {
    if (Double.isNaN(decodeNs[rows]) || age >= STALE) {
      return 0;
    }
    double most = ofLong ? SHARE_OF_LONG * decodeNs[rows] : decodeNs[rows];
    double tokenNs = partNs / partTokens;
    int best = sizes[0];
    for (int size : sizes) {
      // Never so while nothing is known: 0 / 0.
      if (size * tokenNs <= most) {
        best = size;
      }
    }
    return best;
  }

  /** A decode step has run without a part. */
  void decoded(int rows, long ns) {
    age = 0;
    double known = decodeNs[rows];
    if (Double.isNaN(known)) {
      decodeNs[rows] = ns;
      return;
    }
    double change = 1 + STEP * (Math.clamp(ns / known, 1 / ODD, ODD) - 1);
    // What makes these steps slower or faster does so with steps of other rows.
    Arrays.setAll(decodeNs, i -> decodeNs[i] * change);
  }

  /** A decode step has run with a part of so many tokens. */
  void decoded(int rows, int tokens, long ns) {
    age++;
    double known = decodeNs[rows];
    if (!Double.isNaN(known)) {
      partNs = KEPT * partNs + Math.clamp(ns - known, 0, known * ODD);
      partTokens = KEPT * partTokens + tokens;
    }
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
