package io.weft.importer.checkpoint;

import io.weft.importer.checkpoint.block.BlockFormat;
import io.weft.importer.error.ImportException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of a checkpoint, read row by row from the mapped file. The last dimension is the row; a
 * vector is one row. Valid until its checkpoint is closed.
 */
public final class Tensor {
  private static final long MAX_VALUES = 1L << 48;

  private final String name;
  private final List<Long> shape;
  private final TensorType type;
  private final MemorySegment data;
  private final @Nullable RowOrder order;

  /** Whether the file has the columns as rows. */
  private final boolean transposed;

  /** Is added to every value of the file. */
  private final float addend;

  private Tensor(
      String name,
      List<Long> shape,
      TensorType type,
      MemorySegment data,
      @Nullable RowOrder order,
      boolean transposed,
      float addend) {
    this.name = name;
    this.shape = shape;
    this.type = type;
    this.data = data;
    this.order = order;
    this.transposed = transposed;
    this.addend = addend;
  }

  /**
   * @param name as in the file
   * @param shape row-major, outermost dimension first; every dimension at least 1
   * @param data exactly the bytes of the tensor
   * @throws ImportException when shape, type and size do not agree
   */
  static Tensor of(String name, List<Long> shape, TensorType type, MemorySegment data) {
    long bytes = byteSize(name, shape, type);
    if (bytes != data.byteSize()) {
      throw new ImportException(
          "tensor %s: shape %s of %s needs %,d bytes, the file gives it %,d"
              .formatted(name, shape, type, bytes, data.byteSize()));
    }
    return new Tensor(name, List.copyOf(shape), type, data, null, false, 0);
  }

  /** Bytes that a tensor of this shape takes, checked against overflow. */
  static long byteSize(String name, List<Long> shape, TensorType type) {
    long values = 1;
    for (long dimension : shape) {
      if (dimension < 1) {
        throw new ImportException(
            "tensor %s: shape %s has a dimension below 1".formatted(name, shape));
      }
      if (values > MAX_VALUES / dimension) {
        throw new ImportException(
            "tensor %s: shape %s has more than 2^48 values".formatted(name, shape));
      }
      values *= dimension;
    }
    long columns = shape.isEmpty() ? 1 : shape.getLast();
    if (columns % type.blockSize() != 0) {
      throw new ImportException(
          "tensor %s: rows of %,d values are no multiple of the %d of a %s block"
              .formatted(name, columns, type.blockSize(), type));
    }
    return values / type.blockSize() * type.blockBytes();
  }

  public String name() {
    return name;
  }

  public List<Long> shape() {
    return shape;
  }

  public TensorType type() {
    return type;
  }

  /** All dimensions but the last, multiplied. */
  public long rows() {
    long rows = 1;
    for (long dimension : shape.subList(0, Math.max(0, shape.size() - 1))) {
      rows *= dimension;
    }
    return rows;
  }

  /** The last dimension. */
  public int columns() {
    long columns = shape.isEmpty() ? 1 : shape.getLast();
    if (columns > Integer.MAX_VALUE) {
      throw new ImportException("tensor %s: rows of %,d values".formatted(name, columns));
    }
    return (int) columns;
  }

  /** The values as the file holds them, rows in this tensor's order; null unless in blocks. */
  public @Nullable QuantizedRows blocks() {
    BlockFormat format = type.blocks();
    return format == null ? null : new QuantizedRows(this, format, data);
  }

  /** The first byte of a row, which the tensor must have. */
  long rowStart(long row) {
    return (order == null ? row : order.sourceRow(row)) * rowBytes();
  }

  /**
   * The same values with rows in another order: row r is row {@code newOrder.sourceRow(r)} of this.
   * Costs nothing until rows are read.
   */
  public Tensor withRowOrder(RowOrder newOrder) {
    checkNotTransposed();
    RowOrder own = order;
    RowOrder both = own == null ? newOrder : row -> own.sourceRow(newOrder.sourceRow(row));
    return new Tensor(name, shape, type, data, both, transposed, addend);
  }

  private void checkNotTransposed() {
    if (transposed) {
      throw new IllegalStateException(this + " is transposed, its rows keep their order");
    }
  }

  /** A matrix with rows and columns exchanged; it is read in bounded memory. */
  Tensor transposed() {
    if (shape.size() != 2 || type.blockSize() != 1 || order != null) {
      throw new ImportException(
          "tensor %s has shape %s of %s, it must be a matrix of plain numbers"
              .formatted(name, shape, type));
    }
    return new Tensor(name, shape.reversed(), type, data, null, !transposed, addend);
  }

  /** A vector of n numbers as a matrix [n, 1], whose rows can be put in another order. */
  public Tensor asColumn() {
    if (shape.size() != 1 || type.blockSize() != 1) {
      throw new ImportException(
          "tensor %s has shape %s of %s, it must be a vector of plain numbers"
              .formatted(name, shape, type));
    }
    return new Tensor(name, List.of(shape.getFirst(), 1L), type, data, null, false, addend);
  }

  /** The same numbers with {@code added} on top of each; for vectors and what is not in blocks. */
  Tensor plus(float added) {
    if (type.blockSize() != 1) {
      throw new ImportException(
          "tensor %s has type %s, it must hold plain numbers".formatted(name, type));
    }
    return new Tensor(name, shape, type, data, order, transposed, addend + added);
  }

  /** Whether the values are those of the file. */
  public boolean isAsInFile() {
    return addend == 0;
  }

  /** Whether both hold the same bytes, in the same shape and type. */
  public boolean hasContentOf(Tensor other) {
    return shape.equals(other.shape)
        && type == other.type
        && order == null
        && other.order == null
        && transposed == other.transposed
        && addend == other.addend
        && data.mismatch(other.data) == -1;
  }

  /** Rows {@code first} to {@code first + count} of a matrix. */
  public Tensor slice(long first, long count) {
    if (shape.size() != 2 || first < 0 || count < 1 || first + count > rows()) {
      throw new IllegalArgumentException(
          "rows %d to %d of %s".formatted(first, first + count, this));
    }
    checkNotTransposed();
    RowOrder all = order == null ? row -> row : order;
    return new Tensor(
        name,
        List.of(count, shape.getLast()),
        type,
        data,
        row -> all.sourceRow(first + row),
        transposed,
        addend);
  }

  /**
   * Reads rows {@code first} to {@code first + count} into the start of {@code out}, [count,
   * columns].
   *
   * @throws ImportException when the type has no float values or a value is not finite
   */
  public void readRows(long first, int count, float[] out) {
    if (!type.isDecodable()) {
      throw new ImportException(
          "tensor %s has type %s, which holds no weights".formatted(name, type));
    }
    int columns = columns();
    int blocks = columns / type.blockSize();
    if (transposed) {
      readColumns(first, count, out);
    } else if (order == null) {
      type.decode(data, rowStart(first), out, 0, Math.multiplyExact(blocks, count));
    } else {
      for (int i = 0; i < count; i++) {
        type.decode(data, rowStart(first + i), out, i * columns, blocks);
      }
    }
    for (int i = 0; addend != 0 && i < count * columns; i++) {
      out[i] += addend;
    }
    checkFinite(first, out, count * columns);
  }

  /** Rows that the file has as columns: a piece of each of its rows. */
  private void readColumns(long first, int count, float[] out) {
    int columns = columns();
    float[] piece = new float[count];
    for (int column = 0; column < columns; column++) {
      long start = (column * rows() + first) * type.blockBytes();
      type.decode(data, start, piece, 0, count);
      for (int i = 0; i < count; i++) {
        out[i * columns + column] = piece[i];
      }
    }
  }

  private void checkFinite(long firstRow, float[] values, int count) {
    float sum = 0;
    for (int i = 0; i < count; i++) {
      sum += values[i] * 0;
    }
    if (sum == 0) {
      return;
    }
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(values[i])) {
        throw new ImportException(
            "tensor %s: value %d of row %,d is %s"
                .formatted(name, i % columns(), firstRow + i / columns(), values[i]));
      }
    }
  }

  private long rowBytes() {
    long columns = shape.isEmpty() ? 1 : shape.getLast();
    return columns / type.blockSize() * type.blockBytes();
  }

  @Override
  public String toString() {
    return name + " " + type + Arrays.toString(shape.toArray());
  }

  /** Which row of the file a row of the tensor is. */
  @FunctionalInterface
  public interface RowOrder {
    long sourceRow(long row);
  }
}
