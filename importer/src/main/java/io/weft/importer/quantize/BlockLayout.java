package io.weft.importer.quantize;

import io.weft.importer.checkpoint.block.BlockShape;

/**
 * How a row lies in blocks of integers, each with a scale: {@code value = scale * (stored - zero)}
 * with {@code zero = 2^(bits - 1)}, the layout of ONNX Runtime's {@code MatMulNBits}. Of two 4-bit
 * integers in a byte the first is the lower half.
 *
 * @param bits of an integer: 4 or 8
 * @param blockSize values that share a scale; the last block of a row may be padded
 * @param offsets what else a block has
 */
public record BlockLayout(int bits, int blockSize, Offsets offsets) {
  public BlockLayout {
    if (bits != 4 && bits != 8) {
      throw new IllegalArgumentException("%d bits, supported: 4, 8".formatted(bits));
    }
  }

  /** What a block has beside its integers and its scale. */
  public enum Offsets {
    NONE,
    /** An integer of as many bits takes the place of zero. */
    ZERO_POINTS,
    /** A float is added to each value, which the operator cannot do: graphs add it apart. */
    MINIMUMS
  }

  /** The layout without zero points or minimums. */
  public static BlockLayout symmetric(int bits, int blockSize) {
    return new BlockLayout(bits, blockSize, Offsets.NONE);
  }

  /** The smallest layout that holds such blocks of a checkpoint exactly. */
  public static BlockLayout of(BlockShape shape) {
    return new BlockLayout(
        shape.bits() == 4 ? 4 : 8,
        shape.groupSize(),
        shape.hasMinimums() ? Offsets.MINIMUMS : Offsets.NONE);
  }

  /** The smallest layout that holds exactly what either holds; for layouts without zero points. */
  public BlockLayout join(BlockLayout other) {
    if (offsets == Offsets.ZERO_POINTS || other.offsets == Offsets.ZERO_POINTS) {
      throw new IllegalArgumentException("%s with %s".formatted(this, other));
    }
    return new BlockLayout(
        Math.max(bits, other.bits),
        Math.min(blockSize, other.blockSize),
        hasMinimums() || other.hasMinimums() ? Offsets.MINIMUMS : Offsets.NONE);
  }

  public boolean hasMinimums() {
    return offsets == Offsets.MINIMUMS;
  }

  public boolean hasZeroPoints() {
    return offsets == Offsets.ZERO_POINTS;
  }

  /** The integer that stands for 0 in blocks without a zero point. */
  int zero() {
    return 1 << (bits - 1);
  }

  /** Blocks that a row of {@code columns} values takes. */
  public int blocks(int columns) {
    return (columns + blockSize - 1) / blockSize;
  }

  /** Bytes of the integers of a block. */
  public int blockBytes() {
    return blockSize * bits / 8;
  }

  /** Bytes of the integers of a row. */
  public int rowBytes(int columns) {
    return blocks(columns) * blockBytes();
  }

  /** Bytes of the zero points of a row, packed as the integers are. */
  public int zeroPointBytes(int columns) {
    return (blocks(columns) * bits + 7) / 8;
  }

  /** For names in graphs, {@code int4x32m}. */
  public String suffix() {
    String kind =
        switch (offsets) {
          case NONE -> "";
          case ZERO_POINTS -> "z";
          case MINIMUMS -> "m";
        };
    return "int" + bits + "x" + blockSize + kind;
  }

  /** For people, {@code 4-bit blocks of 32 with minimums}. */
  @Override
  public String toString() {
    String kind =
        switch (offsets) {
          case NONE -> "";
          case ZERO_POINTS -> " with zero points";
          case MINIMUMS -> " with minimums";
        };
    return bits + "-bit blocks of " + blockSize + kind;
  }
}
