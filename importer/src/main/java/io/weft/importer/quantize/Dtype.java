package io.weft.importer.quantize;

import java.util.Locale;

/**
 * The number format of a model folder's weights.
 *
 * <p>{@link #INT4} keeps the embedding table and the output layer, which weigh most on quality, in
 * 8 bits.
 */
public enum Dtype {
  FP32(0, 0),
  INT8(8, 8),
  INT4(4, 8);

  private final int linearBits;
  private final int tableBits;

  Dtype(int linearBits, int tableBits) {
    this.linearBits = linearBits;
    this.tableBits = tableBits;
  }

  /** Bits of a linear layer's weights; 0 means 32-bit floats. */
  public int linearBits() {
    return linearBits;
  }

  /** Bits of the embedding table and the output layer; 0 means 32-bit floats. */
  public int tableBits() {
    return tableBits;
  }

  /** As in the manifest, {@code int4}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
