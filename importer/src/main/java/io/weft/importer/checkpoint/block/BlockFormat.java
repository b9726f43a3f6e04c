package io.weft.importer.checkpoint.block;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * How quantised values lie in the blocks of a GGUF file, little-endian.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h">the blocks as C
 *     structures</a>
 */
public sealed interface BlockFormat
    permits Q4Blocks, Q5Blocks, Q8Blocks, Q4KBlocks, Q5KBlocks, Q6KBlocks {

  /** Sizes and formula. */
  BlockShape shape();

  /**
   * Reads one block.
   *
   * @param from its first byte in {@code data}
   * @param out where its values, scales and minimums go
   * @param block which block of {@code out} it becomes
   */
  void read(MemorySegment data, long from, QuantizedValues out, int block);

  /** Turns {@code blocks} blocks from byte {@code from} of {@code data} into floats. */
  default void decode(MemorySegment data, long from, float[] out, int outAt, int blocks) {
    BlockShape shape = shape();
    QuantizedValues values = new QuantizedValues(shape, shape.blockSize());
    for (int b = 0; b < blocks; b++) {
      read(data, from + (long) b * shape.blockBytes(), values, 0);
      values.toFloats(shape, shape.blockSize(), out, outAt + b * shape.blockSize());
    }
  }

  /** The half at byte {@code at}. */
  static float half(MemorySegment data, long at) {
    return Float.float16ToFloat(
        data.get(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at));
  }

  /** The byte at {@code at}, unsigned. */
  static int u8(MemorySegment data, long at) {
    return data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }
}
