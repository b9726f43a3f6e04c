package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import io.weft.importer.checkpoint.Activation;
import org.jspecify.annotations.Nullable;

/** The layers of an encoder as operators of libtorch, which records them for the gradient. */
final class Ops {
  private Ops() {}

  /** x Wᵀ + b: (…,I) with (O,I) and (O) to (…,O). */
  static NDArray linear(NDArray input, NDArray weight, @Nullable NDArray bias) {
    return input.getNDArrayInternal().linear(input, weight, bias).singletonOrThrow();
  }

  /** Rows of a table: (…) with (N,D) to (…,D). */
  static NDArray embedding(NDArray indexes, NDArray table) {
    return indexes
        .getNDArrayInternal()
        .embedding(indexes, table, SparseFormat.DENSE)
        .singletonOrThrow();
  }

  /** LayerNorm over the last dimension. */
  static NDArray normalize(NDArray input, NDArray weight, NDArray bias, float epsilon) {
    Shape last = weight.getShape();
    return input
        .getNDArrayInternal()
        .layerNorm(input, last, weight, bias, epsilon)
        .singletonOrThrow();
  }

  /** Zeroes a share of the values and scales the others up; drawn from libtorch's own generator. */
  static NDArray dropout(NDArray input, float share) {
    return share == 0
        ? input
        : input.getNDArrayInternal().dropout(input, share, true).singletonOrThrow();
  }

  static NDArray activate(NDArray input, Activation activation) {
    return switch (activation) {
      case GELU -> input.getNDArrayInternal().gelu();
      case RELU -> input.getNDArrayInternal().relu();
      case TANH -> input.tanh();
      case SILU -> OwnedArrays.scaled(input.mul(tanhOfHalf(input).add(1)), 0.5);
      case GELU_TANH -> {
        NDArray cubic = OwnedArrays.scaled(input.mul(input).mul(input), 0.044715);
        NDArray inner = OwnedArrays.scaled(input.add(cubic), Math.sqrt(2 / Math.PI));
        yield OwnedArrays.scaled(input.mul(inner.tanh().add(1)), 0.5);
      }
    };
  }

  /** 2 sigmoid(x) - 1. */
  private static NDArray tanhOfHalf(NDArray input) {
    return OwnedArrays.scaled(input, 0.5).tanh();
  }
}
