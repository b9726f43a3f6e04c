package io.weft.importer.quantize;

import io.weft.importer.checkpoint.block.BlockShape;
import io.weft.importer.checkpoint.block.QuantizedValues;

/**
 * Carries the blocks of a GGUF file over as they are: the same integers, moved so that they lie
 * around the operator's zero, and the same scales. A minimum m under integers from 0 becomes one
 * under integers around 0, {@code m + scale * 2^(bits - 1)}, the only sum that is rounded.
 */
public final class CarriedBlocks {
  private final BlockShape from;

  public CarriedBlocks(BlockShape from) {
    this.from = from;
  }

  /**
   * Carries one row over.
   *
   * @param values rows of {@code out.columns()} values
   * @param out whose layout holds such blocks
   */
  public void carryRow(QuantizedValues values, int row, BlockRows out) {
    BlockLayout to = out.layout();
    int columns = out.columns();
    int middle = 1 << (from.bits() - 1);
    int first = row * columns;
    for (int column = 0; column < columns; column++) {
      int step = values.steps()[first + column] & 0xff;
      out.set(row, column, step - middle + to.zero());
    }
    int blocks = to.blocks(columns);
    for (int block = 0; block < blocks; block++) {
      int group = (first + block * to.blockSize()) / from.groupSize();
      float scale = values.scales()[group];
      out.scales()[row * blocks + block] = scale;
      if (from.hasMinimums()) {
        out.minimums()[row * blocks + block] =
            values.minimums()[group] + scale * (middle - from.zero());
      }
    }
  }
}
