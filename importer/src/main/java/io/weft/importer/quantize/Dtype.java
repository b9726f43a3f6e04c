package io.weft.importer.quantize;

import java.util.Locale;

/**
 * The number format of a model folder's weights.
 *
 * <p>{@link #INT4} keeps in 8 bits what weighs most on quality: the embedding table, the output
 * layer, and the linear layers that an architecture's graph calls sensitive.
 */
public enum Dtype {
  FP32(0, 0),
  INT8(8, 8),
  INT4(4, 8);

  private final int linearBits;
  private final int sensitiveBits;

  Dtype(int linearBits, int sensitiveBits) {
    this.linearBits = linearBits;
    this.sensitiveBits = sensitiveBits;
  }

  /** Bits of the other linear layers' weights; 0 means 32-bit floats. */
  public int linearBits() {
    return linearBits;
  }

  /** Bits of the weights that weigh most on quality; 0 means 32-bit floats. */
  public int sensitiveBits() {
    return sensitiveBits;
  }

  /** As in the manifest, {@code int4}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
