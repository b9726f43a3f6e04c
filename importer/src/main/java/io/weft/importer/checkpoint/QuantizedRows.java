package io.weft.importer.checkpoint;

import io.weft.importer.checkpoint.block.BlockFormat;
import io.weft.importer.checkpoint.block.BlockShape;
import io.weft.importer.checkpoint.block.QuantizedValues;
import io.weft.importer.error.ImportException;
import java.lang.foreign.MemorySegment;

/**
 * The rows of a tensor that a GGUF file holds in blocks, as the integers and scales that the file
 * has: whoever writes such blocks again need not quantise twice. Value c of a row is
 *
 * <pre>scales[c / groupSize] * ((steps[c] & 0xff) - zero) + minimums[c / groupSize]</pre>
 *
 * which is, computed in 32-bit floats and without the addition where there are no minimums, exactly
 * what {@link Tensor#readRows} gives.
 */
public final class QuantizedRows {
  private final Tensor tensor;
  private final BlockFormat format;
  private final MemorySegment data;

  QuantizedRows(Tensor tensor, BlockFormat format, MemorySegment data) {
    this.tensor = tensor;
    this.format = format;
    this.data = data;
  }

  /** Group size, bits, zero, and whether there are minimums. */
  public BlockShape shape() {
    return format.shape();
  }

  /** Room for {@code rows} rows. */
  public QuantizedValues room(int rows) {
    return new QuantizedValues(shape(), Math.multiplyExact(rows, tensor.columns()));
  }

  /**
   * Reads rows {@code first} to {@code first + count} into the start of {@code out}: steps [count,
   * columns], scales and minimums [count, columns / groupSize].
   *
   * @throws ImportException when a scale or a minimum is not finite
   */
  public void read(long first, int count, QuantizedValues out) {
    int blocks = tensor.columns() / shape().blockSize();
    for (int row = 0; row < count; row++) {
      long from = tensor.rowStart(first + row);
      for (int b = 0; b < blocks; b++) {
        format.read(data, from + (long) b * shape().blockBytes(), out, row * blocks + b);
      }
    }
    int groups = count * blocks * shape().groups();
    checkFinite(first, groups / count, "scale", out.scales(), groups);
    if (shape().hasMinimums()) {
      checkFinite(first, groups / count, "minimum", out.minimums(), groups);
    }
  }

  private void checkFinite(long firstRow, int rowGroups, String what, float[] values, int count) {
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(values[i])) {
        throw new ImportException(
            "tensor %s: %s %d of row %,d is %s"
                .formatted(
                    tensor.name(), what, i % rowGroups, firstRow + i / rowGroups, values[i]));
      }
    }
  }
}
