package io.weft.trainer.train;

/** Told what happens in a run, on its thread. */
public interface TrainingListener {
  /**
   * Training begins, or goes on.
   *
   * @param done steps that an earlier process did
   * @param steps of the whole run
   */
  void begins(long done, long steps);

  void step(StepReport report);

  /** An epoch was validated; {@code best} when none before was as good. */
  void validated(int epoch, Evaluation evaluation, boolean best);

  /** Training ends before the last epoch, as validation did not get better any more. */
  void stopsEarly(int epoch, int bestEpoch);
}
