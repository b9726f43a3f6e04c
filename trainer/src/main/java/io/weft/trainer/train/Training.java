package io.weft.trainer.train;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import io.weft.trainer.model.Classifier;
import io.weft.trainer.model.Dropouts;
import io.weft.trainer.model.Parameter;
import io.weft.trainer.model.Pass;
import io.weft.trainer.model.TokenBatch;
import io.weft.trainer.text.Example;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run: epochs of steps, each of them one or more batches forth and back and one change of the
 * weights. All that is drawn by chance depends on the seed and the place in the run alone, so a run
 * that goes on from its state ends with the same weights. For one thread, which owns the model.
 */
public final class Training {
  private final Classifier model;
  private final Recipe recipe;
  private final TrainingData data;
  private final Dropouts dropouts;
  private final TrainingListener listener;
  private final Goals goals;
  private final Evaluator evaluator;
  private final AdamW optimizer;
  private final Doubts doubts;
  private final NDManager manager;
  private final @Nullable StateFile stateFile;

  /** Weights of the best epoch, where early stopping may go back to them. */
  private final Map<Parameter, NDArray> best = new LinkedHashMap<>();

  private Progress progress = Progress.START;

  /**
   * A run over a model as it is loaded; {@link #run} does it.
   *
   * @param manager that owns the model's tensors
   * @param stateFile where the run's state is kept; null keeps none
   */
  public Training(
      NDManager manager,
      Classifier model,
      Recipe recipe,
      TrainingData data,
      Dropouts dropouts,
      TrainingListener listener,
      @Nullable StateFile stateFile) {
    this.manager = manager;
    this.model = model;
    this.recipe = recipe;
    this.data = data;
    this.dropouts = dropouts;
    this.listener = listener;
    this.stateFile = stateFile;
    this.goals = new Goals(model.task(), data.labelWeights());
    this.evaluator = new Evaluator(model, goals, data.labelWeights().length, data.padding());
    this.optimizer = new AdamW(manager, model.parameters().trained(), recipe.weightDecay());
    this.doubts = new Doubts(model.task(), data.train().size());
  }

  /** How much the model doubted each training row. */
  public Doubts doubts() {
    return doubts;
  }

  /** How the model does on examples, as it is now. */
  public Evaluation evaluate(List<Example> examples) {
    return evaluator.evaluate(manager, examples);
  }

  /**
   * Trains to the end, from the state of an earlier process where there is one.
   *
   * @return steps done, by all processes together
   */
  public long run() throws IOException {
    if (stateFile != null && stateFile.exists()) {
      progress = stateFile.read(parts());
    }
    long perEpoch = stepsPerEpoch();
    long steps = perEpoch * recipe.epochs();
    Schedule schedule = Schedule.of(recipe, steps);
    listener.begins(progress.steps(), steps);
    int from = (int) (progress.steps() / perEpoch);
    if (progress.steps() > 0 && progress.steps() % perEpoch == 0 && progress.validated() < from) {
      // Killed between an epoch's last step and its validation.
      from--;
    }
    for (int epoch = from; epoch < recipe.epochs(); epoch++) {
      if (isOver()) {
        break;
      }
      epoch(epoch, schedule, perEpoch);
      validate(epoch);
    }
    restoreBest();
    return progress.steps();
  }

  private void epoch(int epoch, Schedule schedule, long perEpoch) throws IOException {
    int[] order = Order.of(recipe.seed(), epoch, data.train().size());
    int size = recipe.batch() * recipe.accumulate();
    for (long i = progress.steps() - epoch * perEpoch; i < perEpoch; i++) {
      int from = Math.toIntExact(i * size);
      int to = Math.min(order.length, from + size);
      step(epoch, Arrays.copyOfRange(order, from, to), schedule);
      if (stateFile != null && progress.steps() % stateFile.everySteps() == 0) {
        stateFile.write(parts(), progress);
      }
    }
  }

  private void step(int epoch, int[] rows, Schedule schedule) {
    long start = System.nanoTime();
    double rate = schedule.rate(progress.steps());
    List<Example> examples = examples(rows);
    double total = goals.total(examples);
    double loss = 0;
    double length = 0;
    if (total > 0) {
      try (NDManager scope = manager.newSubManager()) {
        Pass pass = model.parameters().training(scope, dropouts);
        for (int from = 0; from < rows.length; from += recipe.batch()) {
          int to = Math.min(rows.length, from + recipe.batch());
          loss += batch(scope, pass, Arrays.copyOfRange(rows, from, to), from, total);
        }
        if (!Double.isFinite(loss)) {
          throw new DivergedException(
              "step %,d: the loss is not finite; a lower --lr may help"
                  .formatted(progress.steps() + 1));
        }
        length = optimizer.step(pass, progress.steps(), rate, recipe.clip());
      }
    }
    progress = progress.withSteps(progress.steps() + 1);
    double seconds = (System.nanoTime() - start) / 1e9;
    listener.step(new StepReport(progress.steps(), epoch + 1, loss, rate, length, seconds));
  }

  /** One batch forth and back; returns its part of the loss. */
  private double batch(NDManager parent, Pass pass, int[] rows, int place, double total) {
    List<Example> examples = examples(rows);
    Engine engine = Engine.getInstance();
    engine.setRandomSeed(Order.ofDropout(recipe.seed(), progress.steps(), place));
    try (NDManager scope = parent.newSubManager();
        GradientCollector collector = engine.newGradientCollector()) {
      NDArray logits = model.logits(pass, TokenBatch.of(scope, examples, data.padding()));
      NDArray loss = goals.loss(logits, examples, total);
      collector.backward(loss);
      Evaluator.eachRow(
          logits,
          (row, values) ->
              doubts.add(rows[row], examples.get(row), values, data.labelWeights().length));
      return loss.getFloat();
    }
  }

  private List<Example> examples(int[] rows) {
    List<Example> examples = new ArrayList<>(rows.length);
    for (int row : rows) {
      examples.add(data.train().get(row));
    }
    return examples;
  }

  private long stepsPerEpoch() {
    return Math.ceilDiv((long) data.train().size(), recipe.batch() * recipe.accumulate());
  }

  private void validate(int epoch) throws IOException {
    if (!data.validation().isEmpty()) {
      Evaluation evaluation = evaluate(data.validation());
      boolean better = evaluation.quality() > progress.best();
      progress =
          new Progress(
              progress.steps(),
              epoch + 1,
              better ? evaluation.quality() : progress.best(),
              better ? epoch + 1 : progress.bestEpoch());
      if (better && data.patience() > 0) {
        keepBest();
      }
      listener.validated(epoch + 1, evaluation, better);
      if (isOver() && epoch + 1 < recipe.epochs()) {
        listener.stopsEarly(epoch + 1, progress.bestEpoch());
      }
    } else {
      progress = new Progress(progress.steps(), epoch + 1, progress.best(), progress.bestEpoch());
    }
    if (stateFile != null) {
      stateFile.write(parts(), progress);
    }
  }

  private boolean isOver() {
    return data.patience() > 0
        && progress.validated() - progress.bestEpoch() >= data.patience()
        && progress.bestEpoch() > 0;
  }

  private void keepBest() {
    for (Parameter parameter : model.parameters().trained()) {
      NDArray kept = best.get(parameter);
      if (kept == null) {
        best.put(parameter, parameter.values().duplicate());
      } else {
        parameter.values().copyTo(kept);
      }
    }
  }

  private void restoreBest() {
    best.forEach((parameter, kept) -> kept.copyTo(parameter.values()));
  }

  private StateFile.Parts parts() {
    return new StateFile.Parts(manager, model.parameters(), optimizer, best, doubts);
  }
}
