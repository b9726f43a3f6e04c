package io.weft.generator.engine;

import java.lang.foreign.MemorySegment;

/**
 * Room for keys and values of blocks of tokens, outside the slots. Memory is reserved at once but
 * taken from the system only as blocks are written. Owns it. Belongs to the engine's thread.
 */
final class BlockPool implements AutoCloseable {
  private final NativeMemory memory;
  private final long blockBytes;
  private final int count;

  /**
   * @param bytes bound on the memory; with less than a block's there is room for none
   * @param blockBytes of one block
   */
  BlockPool(long bytes, long blockBytes) {
    this.blockBytes = blockBytes;
    this.count = (int) Math.min(Integer.MAX_VALUE, bytes / blockBytes);
    this.memory = NativeMemory.allocate(Math.max(1, count * blockBytes));
  }

  /** Blocks that there is room for. */
  int count() {
    return count;
  }

  MemorySegment block(int index) {
    return memory.segment().asSlice(index * blockBytes, blockBytes);
  }

  @Override
  public void close() {
    memory.close();
  }
}
