package io.weft.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * What vectors are wanted.
 *
 * @param dimensions keep the first n and normalise again; 0 keeps all
 * @param pooling how token vectors become one; absent: as the model has it
 * @param normalize scale to length 1; absent: as the model has it
 * @param format how numbers are stored
 */
public record EmbedOptions(
    int dimensions, @Nullable Pooling pooling, @Nullable Boolean normalize, Format format) {
  /** Vectors as the model makes them. */
  public static final EmbedOptions DEFAULT = new EmbedOptions(0, null, null, Format.FLOAT);

  /** How token vectors become one. */
  public enum Pooling {
    CLS,
    MEAN,
    MAX,
    LAST_TOKEN,
    WEIGHTED_MEAN
  }

  /** How the numbers of a vector are stored. */
  public enum Format {
    /** 32-bit floats. */
    FLOAT,
    /** Signed bytes, the value times 127. */
    INT8,
    /** One bit a dimension, most significant bit first, set where the value is above 0. */
    BINARY
  }
}
