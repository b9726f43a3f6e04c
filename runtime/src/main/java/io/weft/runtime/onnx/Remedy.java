package io.weft.runtime.onnx;

/** What to compute instead of a kernel that is wrong on this machine, the cheapest first. */
enum Remedy {
  /** Nothing: the kernel is right. */
  NONE,
  /** The same operator and weights, activations left in 32-bit floats. */
  FLOAT_ACTIVATIONS,
  /** Weights turned into 32-bit floats as the session opens; takes their memory. */
  FLOAT_WEIGHTS
}
