package io.weft.importer.checkpoint.block;

import java.lang.foreign.MemorySegment;

/** Q8_0: 32 values. The scale as a half, then signed bytes; as steps they start at 0, not -128. */
record Q8Blocks() implements BlockFormat {
  private static final BlockShape SHAPE = BlockShape.symmetric(32, 34, 32, 8);

  @Override
  public BlockShape shape() {
    return SHAPE;
  }

  @Override
  public void read(MemorySegment data, long from, QuantizedValues out, int block) {
    out.scales()[block] = BlockFormat.half(data, from);
    for (int i = 0; i < 32; i++) {
      // Flipping the sign bit adds 128.
      out.steps()[block * 32 + i] = (byte) (BlockFormat.u8(data, from + 2 + i) ^ 0x80);
    }
  }
}
