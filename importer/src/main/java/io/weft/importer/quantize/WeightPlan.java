package io.weft.importer.quantize;

import org.jspecify.annotations.Nullable;

/**
 * Which number format each weight of a model gets.
 *
 * <p>With int4, what weighs most on quality is written in 8 bits unless the checkpoint itself has
 * it in 4: the table of token vectors, the output layer, and the layers that an architecture's
 * graph calls sensitive.
 *
 * @param dtype of linear layers
 * @param blockSize values that share a scale where weights are quantised here
 * @param symmetric whether blocks quantised here go without zero points
 * @param head of the output layer; null takes the default
 * @param embedding of the table of token vectors; null takes the default
 * @param carriesOver whether blocks that the checkpoint has are kept as they are
 */
public record WeightPlan(
    Dtype dtype,
    int blockSize,
    boolean symmetric,
    @Nullable Dtype head,
    @Nullable Dtype embedding,
    boolean carriesOver) {

  /** The number format of a weight that the checkpoint does not have in blocks. */
  public Dtype dtype(WeightRole role) {
    Dtype asked = asked(role);
    if (asked != null) {
      return asked;
    }
    return role != WeightRole.LINEAR && dtype == Dtype.INT4 ? Dtype.INT8 : dtype;
  }

  /** The format asked for by name; null where the default is taken. */
  private @Nullable Dtype asked(WeightRole role) {
    return switch (role) {
      case LINEAR, SENSITIVE -> null;
      case HEAD -> head;
      case EMBEDDING -> embedding;
    };
  }

  /** Whether the user chose the format of this role. */
  public boolean isAsked(WeightRole role) {
    return asked(role) != null;
  }

  /** Whether any weight is written in blocks of integers. */
  public boolean hasBlocks() {
    for (WeightRole role : WeightRole.values()) {
      if (dtype(role).hasBlocks()) {
        return true;
      }
    }
    return false;
  }

  /** How a weight of this role that is quantised here lies in blocks. */
  public BlockLayout layout(WeightRole role) {
    return new BlockLayout(
        dtype(role).bits(),
        blockSize,
        symmetric ? BlockLayout.Offsets.NONE : BlockLayout.Offsets.ZERO_POINTS);
  }

  /**
   * Whether a weight that the checkpoint has in blocks is carried over as it is.
   *
   * <p>int4 keeps all blocks of a file whose authors chose 4 bits for some of its matrices: those
   * with more bits were left so for their quality. In other files it keeps what is in 8 bits here
   * anyway. int8 keeps blocks of more than 4 bits.
   *
   * @param sourceBits of the checkpoint's blocks
   * @param fourBitFile whether any matrix of the checkpoint is in blocks of 4 bits
   */
  public boolean carries(WeightRole role, int sourceBits, boolean fourBitFile) {
    Dtype target = dtype(role);
    if (!carriesOver || target.isFloat()) {
      return false;
    }
    if (dtype == Dtype.INT4 && !isAsked(role)) {
      return fourBitFile || target == Dtype.INT8;
    }
    return target == Dtype.INT4 ? sourceBits == 4 : sourceBits > 4;
  }
}
