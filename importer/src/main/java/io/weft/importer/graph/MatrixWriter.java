package io.weft.importer.graph;

import io.weft.importer.checkpoint.QuantizedRows;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.checkpoint.block.QuantizedValues;
import io.weft.importer.error.ImportException;
import io.weft.importer.graph.GraphBuilder.DataType;
import io.weft.importer.graph.StoredMatrix.Stored;
import io.weft.importer.quantize.BlockLayout;
import io.weft.importer.quantize.BlockQuantizer;
import io.weft.importer.quantize.BlockRows;
import io.weft.importer.quantize.CarriedBlocks;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Streams matrices to the weight file, a few rows at a time. */
final class MatrixWriter {
  /** Values held at once while a tensor is streamed; one row at least. */
  private static final int CHUNK = 1 << 19;

  /** Scales of one matrix are held until its integers are written; this is 1 GiB of them. */
  private static final long MAX_SCALES = 1L << 28;

  private final WeightFile file;

  MatrixWriter(WeightFile file) {
    this.file = file;
  }

  /** Writes tensors behind each other as floats of {@code type}. */
  Stored floats(String name, List<Tensor> parts, DataType type) {
    long offset = file.align();
    for (Tensor part : parts) {
      int columns = part.columns();
      float[] values = new float[rowsAtOnce(part) * columns];
      forEachChunk(
          part,
          (first, count) -> {
            part.readRows(first, count, values);
            file.write(part.name(), values, count * columns, type);
          });
    }
    return new Stored(name, type, offset, file.position() - offset);
  }

  /**
   * Writes a matrix in blocks.
   *
   * @param carried whether a part has blocks that {@code layout} holds and that are kept
   */
  StoredMatrix.Blocks blocks(
      String name, List<Tensor> parts, BlockLayout layout, Predicate<Tensor> carried) {
    int rows = Weights.rows(parts);
    int columns = parts.getFirst().columns();
    if ((long) rows * layout.blocks(columns) > MAX_SCALES) {
      throw new ImportException(
          "%s: %,d rows of %,d values are too large to quantise".formatted(name, rows, columns));
    }
    Rest rest = new Rest(layout, rows, columns);
    long offset = file.align();
    for (Tensor part : parts) {
      QuantizedRows source = carried.test(part) ? part.blocks() : null;
      if (source != null) {
        carry(part, source, layout, rest);
      } else {
        quantize(part, layout, rest);
      }
    }
    Stored integers =
        new Stored(name + ".blocks", DataType.UINT8, offset, file.position() - offset);
    Stored scales = write(name + ".scales", rest.scales);
    Stored offsets =
        switch (layout.offsets()) {
          case NONE -> null;
          case ZERO_POINTS -> write(name + ".zeros", rest.zeroPoints);
          case MINIMUMS -> write(name + ".minimums", rest.minimums);
        };
    return new StoredMatrix.Blocks(layout, integers, scales, offsets, rows, columns);
  }

  private void carry(Tensor part, QuantizedRows source, BlockLayout layout, Rest rest) {
    CarriedBlocks carrier = new CarriedBlocks(source.shape());
    QuantizedValues values = source.room(rowsAtOnce(part));
    forEachChunk(
        part,
        (first, count) -> {
          source.read(first, count, values);
          BlockRows out = new BlockRows(layout, count, part.columns());
          IntStream.range(0, count).parallel().forEach(row -> carrier.carryRow(values, row, out));
          write(out, rest);
        });
  }

  private void quantize(Tensor part, BlockLayout layout, Rest rest) {
    BlockQuantizer quantizer =
        new BlockQuantizer(
            layout.hasMinimums()
                ? BlockLayout.symmetric(layout.bits(), layout.blockSize())
                : layout);
    float[] values = new float[rowsAtOnce(part) * part.columns()];
    forEachChunk(
        part,
        (first, count) -> {
          part.readRows(first, count, values);
          BlockRows out = new BlockRows(layout, count, part.columns());
          IntStream.range(0, count)
              .parallel()
              .forEach(row -> quantizer.quantizeRow(values, row, out));
          write(out, rest);
        });
  }

  private void write(BlockRows rows, Rest rest) {
    file.write(rows.integers(), rows.integers().length);
    rest.add(rows);
  }

  private Stored write(String name, float[] values) {
    long offset = file.align();
    file.write(values, values.length);
    return new Stored(name, DataType.FLOAT, offset, file.position() - offset);
  }

  private Stored write(String name, byte[] values) {
    long offset = file.align();
    file.write(values, values.length);
    return new Stored(name, DataType.UINT8, offset, file.position() - offset);
  }

  private static int rowsAtOnce(Tensor part) {
    return (int) Math.min(part.rows(), Math.max(1, CHUNK / part.columns()));
  }

  private static void forEachChunk(Tensor part, ChunkSink sink) {
    int atOnce = rowsAtOnce(part);
    for (long row = 0; row < part.rows(); row += atOnce) {
      sink.accept(row, (int) Math.min(atOnce, part.rows() - row));
    }
  }

  @FunctionalInterface
  private interface ChunkSink {
    void accept(long firstRow, int rows);
  }

  /** What is written behind all integers of a matrix. */
  private static final class Rest {
    private final float[] scales;
    private final float[] minimums;
    private final byte[] zeroPoints;
    private int blocks;
    private int zeroBytes;

    Rest(BlockLayout layout, int rows, int columns) {
      int all = rows * layout.blocks(columns);
      scales = new float[all];
      minimums = new float[layout.hasMinimums() ? all : 0];
      zeroPoints = new byte[layout.hasZeroPoints() ? rows * layout.zeroPointBytes(columns) : 0];
    }

    void add(BlockRows rows) {
      int count = rows.scales().length;
      System.arraycopy(rows.scales(), 0, scales, blocks, count);
      if (minimums.length > 0) {
        System.arraycopy(rows.minimums(), 0, minimums, blocks, count);
      }
      blocks += count;
      System.arraycopy(rows.zeroPoints(), 0, zeroPoints, zeroBytes, rows.zeroPoints().length);
      zeroBytes += rows.zeroPoints().length;
    }
  }
}
