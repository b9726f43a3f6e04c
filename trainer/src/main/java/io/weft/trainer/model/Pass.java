package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import java.util.Map;

/** The tensors of one optimizer step, or of an evaluation. */
public final class Pass {
  private final Parameters parameters;
  private final Map<String, NDArray> leaves;
  private final Dropouts dropouts;

  Pass(Parameters parameters, Map<String, NDArray> leaves, Dropouts dropouts) {
    this.parameters = parameters;
    this.leaves = leaves;
    this.dropouts = dropouts;
  }

  NDArray get(String name) {
    NDArray leaf = leaves.get(name);
    return leaf == null ? parameters.values(name) : leaf;
  }

  boolean has(String name) {
    return parameters.has(name);
  }

  Dropouts dropouts() {
    return dropouts;
  }

  /** What was collected for a trained parameter since the pass began. */
  public NDArray gradient(Parameter parameter) {
    NDArray leaf = leaves.get(parameter.name());
    if (leaf == null) {
      throw new IllegalArgumentException(parameter.name() + " is not trained in this pass");
    }
    return leaf.getGradient();
  }
}
