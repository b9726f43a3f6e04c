package io.weft.importer.checkpoint.block;

import java.lang.foreign.MemorySegment;

/**
 * The first 16 bytes of Q4_K and Q5_K blocks: two halves that multiply the 6-bit scales and
 * minimums of 8 groups, and these in 12 bytes. Scales and minimums of the first four groups are the
 * lower 6 bits of bytes 0–3 and 4–7. Of the last four groups, bytes 8–11 hold the lower 4 bits of
 * the scale in their lower and of the minimum in their upper half; the upper 2 bits are those of
 * bytes 0–3 and 4–7.
 */
final class KScales {
  static final int BYTES = 16;
  private static final int GROUPS = 8;

  private KScales() {}

  static void read(MemorySegment data, long from, QuantizedValues out, int block) {
    float scale = BlockFormat.half(data, from);
    float minimum = BlockFormat.half(data, from + 2);
    for (int g = 0; g < GROUPS; g++) {
      int first = BlockFormat.u8(data, from + 4 + g % 4);
      int second = BlockFormat.u8(data, from + 8 + g % 4);
      int third = BlockFormat.u8(data, from + 12 + g % 4);
      int scaleSteps = g < 4 ? first & 63 : (third & 15) | ((first >> 6) << 4);
      int minimumSteps = g < 4 ? second & 63 : (third >> 4) | ((second >> 6) << 4);
      out.scales()[block * GROUPS + g] = scale * scaleSteps;
      out.minimums()[block * GROUPS + g] = -(minimum * minimumSteps);
    }
  }
}
