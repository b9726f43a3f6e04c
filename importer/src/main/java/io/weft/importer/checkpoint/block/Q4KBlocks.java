package io.weft.importer.checkpoint.block;

import java.lang.foreign.MemorySegment;

/**
 * Q4_K: 256 values in 8 groups. {@link KScales}, then 32 bytes for each pair of groups: the first
 * in the lower halves, the second in the upper ones.
 */
record Q4KBlocks() implements BlockFormat {
  private static final BlockShape SHAPE = BlockShape.withMinimums(256, 144, 32, 4);

  @Override
  public BlockShape shape() {
    return SHAPE;
  }

  @Override
  public void read(MemorySegment data, long from, QuantizedValues out, int block) {
    KScales.read(data, from, out, block);
    readNibbles(data, from + KScales.BYTES, out.steps(), block * 256);
  }

  static void readNibbles(MemorySegment data, long from, byte[] steps, int at) {
    for (int pair = 0; pair < 4; pair++) {
      for (int i = 0; i < 32; i++) {
        int two = BlockFormat.u8(data, from + pair * 32L + i);
        steps[at + pair * 64 + i] = (byte) (two & 15);
        steps[at + pair * 64 + 32 + i] = (byte) (two >> 4);
      }
    }
  }
}
