package io.weft.importer.checkpoint.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Q6_K: 256 values in 16 groups of 16. 128 bytes of lower 4 bits, 64 bytes of upper 2 bits, a
 * signed byte a group, and a half that multiplies those bytes to scales.
 *
 * <p>Each half of the block, 128 values, has 64 and 32 of those bytes. Value {@code 32 k + i} of a
 * half has its lower bits in byte {@code 32 (k % 2) + i}, in its lower half for k = 0 and 1; its
 * upper bits are bits 2k and 2k + 1 of byte i.
 */
record Q6KBlocks() implements BlockFormat {
  private static final BlockShape SHAPE = BlockShape.symmetric(256, 210, 16, 6);
  private static final int UPPER = 128;
  private static final int SCALES = 192;
  private static final int SUPER_SCALE = 208;

  @Override
  public BlockShape shape() {
    return SHAPE;
  }

  @Override
  public void read(MemorySegment data, long from, QuantizedValues out, int block) {
    float scale = BlockFormat.half(data, from + SUPER_SCALE);
    for (int g = 0; g < 16; g++) {
      out.scales()[block * 16 + g] = scale * data.get(ValueLayout.JAVA_BYTE, from + SCALES + g);
    }
    byte[] steps = out.steps();
    for (int half = 0; half < 2; half++) {
      for (int k = 0; k < 4; k++) {
        long lower = from + half * 64L + k % 2 * 32L;
        long upper = from + UPPER + half * 32L;
        int at = block * 256 + half * 128 + k * 32;
        for (int i = 0; i < 32; i++) {
          int low = (BlockFormat.u8(data, lower + i) >> (k / 2 * 4)) & 15;
          int high = (BlockFormat.u8(data, upper + i) >> (k * 2)) & 3;
          steps[at + i] = (byte) (low | (high << 4));
        }
      }
    }
  }
}
