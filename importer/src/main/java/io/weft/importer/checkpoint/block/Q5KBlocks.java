package io.weft.importer.checkpoint.block;

import java.lang.foreign.MemorySegment;

/**
 * Q5_K: 256 values in 8 groups. {@link KScales}; then 32 bytes, bit g of byte i the highest of
 * value i of group g; then the lower 4 bits as in {@link Q4KBlocks}.
 */
record Q5KBlocks() implements BlockFormat {
  private static final BlockShape SHAPE = BlockShape.withMinimums(256, 176, 32, 5);

  @Override
  public BlockShape shape() {
    return SHAPE;
  }

  @Override
  public void read(MemorySegment data, long from, QuantizedValues out, int block) {
    KScales.read(data, from, out, block);
    long highest = from + KScales.BYTES;
    byte[] steps = out.steps();
    Q4KBlocks.readNibbles(data, highest + 32, steps, block * 256);
    for (int i = 0; i < 256; i++) {
      int bit = (BlockFormat.u8(data, highest + i % 32) >> (i / 32)) & 1;
      steps[block * 256 + i] |= (byte) (bit << 4);
    }
  }
}
