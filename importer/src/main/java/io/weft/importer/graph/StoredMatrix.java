package io.weft.importer.graph;

import io.weft.importer.graph.GraphBuilder.DataType;
import io.weft.importer.quantize.BlockLayout;
import org.jspecify.annotations.Nullable;

/** A weight matrix [rows, columns] in the weight file: rows are outputs, columns inputs. */
sealed interface StoredMatrix {
  int rows();

  int columns();

  /** Bytes in the weight file. */
  record Stored(String name, DataType type, long offset, long length) {}

  /** As floats. */
  record Floats(Stored values, int rows, int columns) implements StoredMatrix {}

  /**
   * In blocks of integers.
   *
   * @param integers [rows, blocks, bytes of a block]
   * @param scales [rows, blocks]
   * @param offsets zero points [rows, zeroPointBytes] or minimums [rows, blocks], as the layout
   *     says; null with neither
   */
  record Blocks(
      BlockLayout layout,
      Stored integers,
      Stored scales,
      @Nullable Stored offsets,
      int rows,
      int columns)
      implements StoredMatrix {
    /** Blocks of a row. */
    int blocks() {
      return layout.blocks(columns);
    }
  }
}
