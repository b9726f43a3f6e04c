package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * Tensors in libtorch's own memory. What DJL makes of a Java array or number lies in a buffer of
 * Java's. That is not aligned as libtorch aligns, so the same sums may round otherwise from one
 * process to the next. And it lives only as long as a Java object does, while autograd keeps
 * tensors for the way back: DJL's operators that take a number let go of it at once, and the
 * gradient is multiplied with whatever lies there later.
 */
public final class OwnedArrays {
  private OwnedArrays() {}

  /** The input times a number, with a gradient that is right. */
  public static NDArray scaled(NDArray input, double factor) {
    return input.mul(of(input.getManager(), new float[] {(float) factor}, new Shape()));
  }

  /** 32-bit floats. */
  public static NDArray of(NDManager manager, float[] values, Shape shape) {
    try (NDArray lent = manager.create(values, shape)) {
      return lent.duplicate();
    }
  }

  /** 64-bit integers. */
  public static NDArray of(NDManager manager, long[] values, Shape shape) {
    try (NDArray lent = manager.create(values, shape)) {
      return lent.duplicate();
    }
  }
}
