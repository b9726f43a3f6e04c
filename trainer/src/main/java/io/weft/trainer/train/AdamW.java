package io.weft.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.weft.trainer.model.Parameter;
import io.weft.trainer.model.Pass;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101), as {@code
 * torch.optim.AdamW} computes it. Owned by the training thread; its moments end with the manager.
 *
 * <p>libtorch's step, as DJL offers it, takes the rate with its bias correction in one number and
 * adds epsilon before the correction of the second moment. Both are put so that the result is
 * torch's: with c = √(1 - β₂ᵗ), the rate is r c / (1 - β₁ᵗ) and epsilon is ε c.
 */
final class AdamW {
  static final float BETA_1 = 0.9f;
  static final float BETA_2 = 0.999f;
  static final double EPSILON = 1e-8;
  private static final float NO_CLIP = -1;

  private final double weightDecay;
  private final Map<Parameter, Moments> moments = new LinkedHashMap<>();

  /** Running means of a parameter's gradient and of its square. */
  record Moments(NDArray mean, NDArray variance) {}

  AdamW(NDManager manager, List<Parameter> parameters, double weightDecay) {
    this.weightDecay = weightDecay;
    for (Parameter parameter : parameters) {
      moments.put(
          parameter,
          new Moments(
              manager.zeros(parameter.values().getShape()),
              manager.zeros(parameter.values().getShape())));
    }
  }

  Map<Parameter, Moments> moments() {
    return moments;
  }

  /**
   * Changes all parameters.
   *
   * @param pass that collected the gradients
   * @param step from 0
   * @param longest gradient that is taken as it is; a longer one is scaled down to it
   * @return length of the gradient before that
   */
  double step(Pass pass, long step, double rate, double longest) {
    Map<Parameter, NDArray> gradients = new LinkedHashMap<>();
    double squares = 0;
    for (Parameter parameter : moments.keySet()) {
      NDArray gradient = pass.gradient(parameter);
      gradients.put(parameter, gradient);
      double length = gradient.norm().getFloat();
      squares += length * length;
    }
    double length = Math.sqrt(squares);
    double scale = Math.min(1, longest / (length + 1e-6));
    double second = Math.sqrt(1 - Math.pow(BETA_2, (double) step + 1));
    double corrected = rate * second / (1 - Math.pow(BETA_1, (double) step + 1));
    gradients.forEach(
        (parameter, gradient) ->
            update(parameter, gradient, rate, corrected, scale, EPSILON * second));
    return length;
  }

  private void update(
      Parameter parameter,
      NDArray gradient,
      double rate,
      double corrected,
      double scale,
      double epsilon) {
    Moments own = moments.get(parameter);
    if (own == null) {
      throw new IllegalStateException(parameter.name() + " has no moments");
    }
    NDArray values = parameter.values();
    values
        .getNDArrayInternal()
        .adamUpdate(
            new NDList(values, gradient, own.mean, own.variance),
            new NDList(values),
            (float) rate,
            (float) corrected,
            (float) (parameter.decayed() ? weightDecay : 0),
            (float) scale,
            NO_CLIP,
            BETA_1,
            BETA_2,
            (float) epsilon,
            false,
            true);
  }
}
