package io.weft.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.weft.trainer.data.Task;
import io.weft.trainer.model.OwnedArrays;
import io.weft.trainer.text.Example;
import java.util.List;

/**
 * What the logits of a batch should be, and the loss: a mean over all that a step learns, so that
 * several batches add up to one large one.
 *
 * <p>Shapes: B examples, L tokens of the longest, C labels.
 */
final class Goals {
  private final Task task;
  private final float[] weights;

  /**
   * @param weights of the labels in the loss, (C)
   */
  Goals(Task task, float[] weights) {
    this.task = task;
    this.weights = weights.clone();
  }

  /** What the losses of these examples weigh together; the divisor of a step's loss. */
  double total(List<Example> examples) {
    double total = 0;
    for (Example example : examples) {
      total +=
          switch (task) {
            case CLASSIFY -> weights[example.labels()[0]];
            case TAG -> tagged(example);
            case MULTI_LABEL -> example.values().length;
            case SCORE, REGRESSION -> 1;
          };
    }
    return total;
  }

  private double tagged(Example example) {
    double total = 0;
    for (int label : example.labels()) {
      total += label < 0 ? 0 : weights[label];
    }
    return total;
  }

  /**
   * The batch's part of a step's loss, a scalar.
   *
   * @param logits (B,C) or (B,L,C)
   * @param total of the whole step; more than 0
   */
  NDArray loss(NDArray logits, List<Example> examples, double total) {
    return switch (task) {
      case CLASSIFY, TAG -> crossEntropy(logits, examples, total);
      case MULTI_LABEL, SCORE -> binaryCrossEntropy(logits, examples, total);
      case REGRESSION -> {
        NDArray goals = OwnedArrays.of(logits.getManager(), values(examples), logits.getShape());
        NDArray errors = logits.sub(goals);
        yield OwnedArrays.scaled(errors.mul(errors).sum(), 1 / total);
      }
    };
  }

  /** Minus the sum of the weighted log-probabilities of the labels. */
  private NDArray crossEntropy(NDArray logits, List<Example> examples, double total) {
    Shape shape = logits.getShape();
    int labels = Math.toIntExact(shape.get(shape.dimension() - 1));
    int places = task == Task.TAG ? Math.toIntExact(shape.get(1)) : 1;
    float[] factors = new float[Math.toIntExact(shape.size())];
    for (int row = 0; row < examples.size(); row++) {
      int[] wanted = examples.get(row).labels();
      for (int i = 0; i < wanted.length; i++) {
        if (wanted[i] >= 0) {
          int at = (row * places + i) * labels + wanted[i];
          factors[at] = (float) (-weights[wanted[i]] / total);
        }
      }
    }
    return logits.logSoftmax(-1).mul(OwnedArrays.of(logits.getManager(), factors, shape)).sum();
  }

  /**
   * With y the goal, w the label's weight where it is true and s = softplus(x): s (1 - y + w y) - w
   * y x, which is -(1 - y) log(1 - p) - w y log p.
   */
  private NDArray binaryCrossEntropy(NDArray logits, List<Example> examples, double total) {
    float[] goals = values(examples);
    float[] ofSoftplus = new float[goals.length];
    float[] ofLogit = new float[goals.length];
    for (int i = 0; i < goals.length; i++) {
      double weighted = goals[i] * weights[i % weights.length];
      ofSoftplus[i] = (float) ((1 - goals[i] + weighted) / total);
      ofLogit[i] = (float) (weighted / total);
    }
    NDManager manager = logits.getManager();
    NDArray softplus = logits.getNDArrayInternal().softPlus();
    return softplus
        .mul(OwnedArrays.of(manager, ofSoftplus, logits.getShape()))
        .sub(logits.mul(OwnedArrays.of(manager, ofLogit, logits.getShape())))
        .sum();
  }

  /** (B,C), one row behind the other. */
  private static float[] values(List<Example> examples) {
    int width = examples.getFirst().values().length;
    float[] all = new float[examples.size() * width];
    for (int row = 0; row < examples.size(); row++) {
      System.arraycopy(examples.get(row).values(), 0, all, row * width, width);
    }
    return all;
  }
}
