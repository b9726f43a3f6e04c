package io.weft.trainer;

import io.weft.trainer.train.Evaluation;
import io.weft.trainer.train.StepReport;
import io.weft.trainer.train.TrainingListener;
import java.util.List;

/** Several listeners as one. */
record Listeners(List<TrainingListener> all) implements TrainingListener {
  @Override
  public void begins(long done, long steps) {
    all.forEach(listener -> listener.begins(done, steps));
  }

  @Override
  public void step(StepReport report) {
    all.forEach(listener -> listener.step(report));
  }

  @Override
  public void validated(int epoch, Evaluation evaluation, boolean best) {
    all.forEach(listener -> listener.validated(epoch, evaluation, best));
  }

  @Override
  public void stopsEarly(int epoch, int bestEpoch) {
    all.forEach(listener -> listener.stopsEarly(epoch, bestEpoch));
  }
}
