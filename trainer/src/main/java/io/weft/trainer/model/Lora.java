package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** Names of the thin matrices beside a projection, and their end: their product in its weight. */
final class Lora {
  /** (R,I), behind the projection's name. */
  static final String DOWN = ".lora_A.weight";

  /** (O,R). */
  static final String UP = ".lora_B.weight";

  private Lora() {}

  /** The weight (O,I) with the scaled product added, in {@code manager}. */
  static NDArray merged(NDManager manager, Parameters parameters, String projection, float scale) {
    NDArray up = parameters.values(projection + UP);
    NDArray product = up.matMul(parameters.values(projection + DOWN)).muli(scale);
    NDArray sum = parameters.values(projection + ".weight").add(product);
    product.close();
    sum.attach(manager);
    return sum;
  }
}
