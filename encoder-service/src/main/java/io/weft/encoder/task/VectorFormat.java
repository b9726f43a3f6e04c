package io.weft.encoder.task;

/** How the numbers of a vector travel. */
public enum VectorFormat {
  /** 32-bit floats. */
  FLOAT,
  /** One signed byte a dimension, value = byte / 127; for vectors of length 1. */
  INT8,
  /** One bit a dimension, most significant bit first, set where the value is above 0. */
  BINARY;

  /** Bytes that a vector of {@code dimensions} takes. */
  public long size(int dimensions) {
    return switch (this) {
      case FLOAT -> (long) dimensions * Float.BYTES;
      case INT8 -> dimensions;
      case BINARY -> (dimensions + 7) / 8;
    };
  }

  /** Values in [-1, 1] as bytes: the nearest of the 255 steps. */
  public static byte[] toInt8(float[] vector) {
    byte[] bytes = new byte[vector.length];
    for (int i = 0; i < vector.length; i++) {
      bytes[i] = (byte) Math.clamp(Math.round(vector[i] * 127), -127, 127);
    }
    return bytes;
  }

  /** Signs as bits; the last byte is filled with zeros. */
  public static byte[] toBits(float[] vector) {
    byte[] bytes = new byte[(vector.length + 7) / 8];
    for (int i = 0; i < vector.length; i++) {
      if (vector[i] > 0) {
        bytes[i / 8] |= (byte) (0x80 >> (i % 8));
      }
    }
    return bytes;
  }
}
