package io.weft.importer.checkpoint.block;

/**
 * What a block format is made of. A block is a few groups of values, each with a scale and, in some
 * formats, a minimum of its own; a value is
 *
 * <pre>scale[group] * (step - zero) + minimum[group]</pre>
 *
 * computed in 32-bit floats in this order, without the addition where there are no minimums.
 *
 * @param blockSize values in a block
 * @param blockBytes bytes of a block
 * @param groupSize values that share a scale: 16 or 32; groups never cross a block
 * @param bits of a step: 4, 5, 6 or 8; steps are unsigned, in [0, 2^bits)
 * @param zero the step that stands for 0: 2^(bits - 1), or 0 with minimums
 * @param hasMinimums whether groups have minimums
 */
public record BlockShape(
    int blockSize, int blockBytes, int groupSize, int bits, int zero, boolean hasMinimums) {

  /** A format in which steps lie on both sides of zero. */
  static BlockShape symmetric(int blockSize, int blockBytes, int groupSize, int bits) {
    return new BlockShape(blockSize, blockBytes, groupSize, bits, 1 << (bits - 1), false);
  }

  /** A format in which steps start at a minimum. */
  static BlockShape withMinimums(int blockSize, int blockBytes, int groupSize, int bits) {
    return new BlockShape(blockSize, blockBytes, groupSize, bits, 0, true);
  }

  /** Groups in a block. */
  public int groups() {
    return blockSize / groupSize;
  }
}
