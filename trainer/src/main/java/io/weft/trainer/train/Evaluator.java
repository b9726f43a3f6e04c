package io.weft.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.weft.trainer.model.Classifier;
import io.weft.trainer.model.TokenBatch;
import io.weft.trainer.text.Example;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Judges a model on examples, without dropout and without gradients. */
final class Evaluator {
  /** Places of a batch: rows × longest row. */
  private static final int BATCH_TOKENS = 4_096;

  private final Classifier model;
  private final Goals goals;
  private final int labels;
  private final int padding;

  Evaluator(Classifier model, Goals goals, int labels, int padding) {
    this.model = model;
    this.goals = goals;
    this.labels = labels;
    this.padding = padding;
  }

  Evaluation evaluate(NDManager parent, List<Example> examples) {
    Scores scores = new Scores(model.task(), labels);
    for (List<Example> batch : batches(examples)) {
      try (NDManager manager = parent.newSubManager()) {
        NDArray logits =
            model.logits(model.parameters().evaluation(), TokenBatch.of(manager, batch, padding));
        double weight = goals.total(batch);
        if (weight > 0) {
          scores.addLoss(goals.loss(logits, batch, weight).getFloat() * weight, weight);
        }
        eachRow(logits, (row, values) -> scores.add(batch.get(row), values));
      }
    }
    return scores.result();
  }

  /** Hands on the logits of each row of a batch. */
  static void eachRow(NDArray logits, RowConsumer consumer) {
    float[] all = logits.toFloatArray();
    Shape shape = logits.getShape();
    int rows = Math.toIntExact(shape.get(0));
    int width = all.length / rows;
    for (int row = 0; row < rows; row++) {
      float[] values = new float[width];
      System.arraycopy(all, row * width, values, 0, width);
      consumer.accept(row, values);
    }
  }

  /** Takes a row's logits. */
  @FunctionalInterface
  interface RowConsumer {
    void accept(int row, float[] logits);
  }

  /** Examples of like length together. */
  private static List<List<Example>> batches(List<Example> examples) {
    List<Example> sorted = new ArrayList<>(examples);
    sorted.sort(Comparator.comparingInt(Example::length));
    List<List<Example>> batches = new ArrayList<>();
    List<Example> batch = new ArrayList<>();
    for (Example example : sorted) {
      if (!batch.isEmpty() && (batch.size() + 1) * example.length() > BATCH_TOKENS) {
        batches.add(batch);
        batch = new ArrayList<>();
      }
      batch.add(example);
    }
    if (!batch.isEmpty()) {
      batches.add(batch);
    }
    return batches;
  }
}
