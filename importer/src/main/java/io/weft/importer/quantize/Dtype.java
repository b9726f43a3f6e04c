package io.weft.importer.quantize;

import java.util.Locale;

/** A number format of weights. */
public enum Dtype {
  FP32(0),
  /** For GPUs: weights, activations and key/value caches. */
  FP16(0),
  INT8(8),
  INT4(4),
  /**
   * Linear layers with weights in 8 bits, a step an output, and activations in 8 bits, a step a
   * token.
   */
  W8A8(8);

  private final int bits;

  Dtype(int bits) {
    this.bits = bits;
  }

  /** Whether weights are floats, not integers. */
  public boolean isFloat() {
    return bits == 0;
  }

  /** Whether weights lie in blocks of integers, each with a scale of its own. */
  public boolean hasBlocks() {
    return this == INT8 || this == INT4;
  }

  /** Bits of an integer; 0 for floats. */
  public int bits() {
    return bits;
  }

  /** As in the manifest, {@code int4}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
