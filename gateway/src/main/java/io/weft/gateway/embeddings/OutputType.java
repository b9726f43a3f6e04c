package io.weft.gateway.embeddings;

import io.weft.gateway.backend.EmbedOptions;

/**
 * What the numbers of an answer's vectors are, by the names that sentence-transformers, Voyage and
 * Cohere have for them.
 */
enum OutputType {
  /** 32-bit floats. */
  FLOAT,
  /** Signed bytes, the value times 127. */
  INT8,
  /** Eight dimensions a signed byte: the number of {@link #UBINARY} less 128. */
  BINARY,
  /** Eight dimensions an unsigned byte, the first is its most significant bit. */
  UBINARY;

  private static final int SIGN = 0x80;

  /** What the encoder is asked for. */
  EmbedOptions.Format format() {
    return switch (this) {
      case FLOAT -> EmbedOptions.Format.FLOAT;
      case INT8 -> EmbedOptions.Format.INT8;
      case BINARY, UBINARY -> EmbedOptions.Format.BINARY;
    };
  }

  /** The bytes of a vector that the encoder packed. */
  byte[] bytes(byte[] packed) {
    if (this != BINARY) {
      return packed;
    }
    byte[] shifted = new byte[packed.length];
    for (int i = 0; i < shifted.length; i++) {
      shifted[i] = (byte) (packed[i] ^ SIGN);
    }
    return shifted;
  }

  /** The same as numbers: a list of bytes would be written as base64. */
  int[] numbers(byte[] packed) {
    byte[] bytes = bytes(packed);
    int[] numbers = new int[bytes.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = this == UBINARY ? Byte.toUnsignedInt(bytes[i]) : bytes[i];
    }
    return numbers;
  }
}
