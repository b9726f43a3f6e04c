package io.weft.importer.checkpoint.block;

import java.lang.foreign.MemorySegment;

/**
 * Q5_0 and Q5_1: 32 values. The scale and, in Q5_1, the minimum as halves; then 4 bytes whose bit i
 * is the highest of value i; then the lower 4 bits as in {@link Q4Blocks}.
 */
record Q5Blocks(boolean withMinimum) implements BlockFormat {
  private static final BlockShape Q5_0 = BlockShape.symmetric(32, 22, 32, 5);
  private static final BlockShape Q5_1 = BlockShape.withMinimums(32, 24, 32, 5);

  @Override
  public BlockShape shape() {
    return withMinimum ? Q5_1 : Q5_0;
  }

  @Override
  public void read(MemorySegment data, long from, QuantizedValues out, int block) {
    out.scales()[block] = BlockFormat.half(data, from);
    if (withMinimum) {
      out.minimums()[block] = BlockFormat.half(data, from + 2);
    }
    long lower = from + shape().blockBytes() - 16;
    byte[] steps = out.steps();
    Q4Blocks.readNibbles(data, lower, steps, block * 32);
    for (int i = 0; i < 32; i++) {
      int highest = (BlockFormat.u8(data, lower - 4 + i / 8) >> (i % 8)) & 1;
      steps[block * 32 + i] |= (byte) (highest << 4);
    }
  }
}
