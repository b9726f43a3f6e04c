package io.weft.trainer.train;

/**
 * How far a run is.
 *
 * @param steps that are done
 * @param validated epochs that were validated
 * @param best quality of the best epoch; minus infinity before the first
 * @param bestEpoch from 1; 0 before the first
 */
record Progress(long steps, int validated, double best, int bestEpoch) {
  static final Progress START = new Progress(0, 0, Double.NEGATIVE_INFINITY, 0);

  Progress withSteps(long newSteps) {
    return new Progress(newSteps, validated, best, bestEpoch);
  }
}
