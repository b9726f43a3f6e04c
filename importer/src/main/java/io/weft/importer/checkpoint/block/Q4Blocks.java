package io.weft.importer.checkpoint.block;

import java.lang.foreign.MemorySegment;

/**
 * Q4_0 and Q4_1: 32 values. The scale and, in Q4_1, the minimum as halves; then 16 bytes, each with
 * value i in its lower and value i + 16 in its upper half.
 */
record Q4Blocks(boolean withMinimum) implements BlockFormat {
  private static final BlockShape Q4_0 = BlockShape.symmetric(32, 18, 32, 4);
  private static final BlockShape Q4_1 = BlockShape.withMinimums(32, 20, 32, 4);

  @Override
  public BlockShape shape() {
    return withMinimum ? Q4_1 : Q4_0;
  }

  @Override
  public void read(MemorySegment data, long from, QuantizedValues out, int block) {
    out.scales()[block] = BlockFormat.half(data, from);
    if (withMinimum) {
      out.minimums()[block] = BlockFormat.half(data, from + 2);
    }
    readNibbles(data, from + shape().blockBytes() - 16, out.steps(), block * 32);
  }

  static void readNibbles(MemorySegment data, long from, byte[] steps, int at) {
    for (int i = 0; i < 16; i++) {
      int pair = BlockFormat.u8(data, from + i);
      steps[at + i] = (byte) (pair & 15);
      steps[at + i + 16] = (byte) (pair >> 4);
    }
  }
}
