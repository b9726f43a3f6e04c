package io.weft.trainer.testing;

import io.weft.trainer.train.Evaluation;
import io.weft.trainer.train.StepReport;
import io.weft.trainer.train.TrainingListener;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a run says. */
public class Events implements TrainingListener {
  private final List<StepReport> steps = new ArrayList<>();
  private final List<Evaluation> validations = new ArrayList<>();
  private long from = -1;
  private int stoppedAfter;

  @Override
  public void begins(long done, long all) {
    from = done;
  }

  @Override
  public void step(StepReport report) {
    steps.add(report);
  }

  @Override
  public void validated(int epoch, Evaluation evaluation, boolean best) {
    validations.add(evaluation);
  }

  @Override
  public void stopsEarly(int epoch, int bestEpoch) {
    stoppedAfter = epoch;
  }

  public List<StepReport> steps() {
    return steps;
  }

  public List<Evaluation> validations() {
    return validations;
  }

  /** Steps that were done before the run began. */
  public long from() {
    return from;
  }

  /** The epoch after which the run stopped early; 0 if it did not. */
  public int stoppedAfter() {
    return stoppedAfter;
  }
}
