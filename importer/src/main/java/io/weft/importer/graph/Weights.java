package io.weft.importer.graph;

import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.error.ImportException;
import io.weft.importer.graph.GraphBuilder.DataType;
import io.weft.importer.quantize.BlockQuantizer;
import io.weft.importer.quantize.Dtype;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The weights of one model folder: taken from the checkpoint by name and streamed to the weight
 * file once, however many graphs use them. What was stored under a name before is given again.
 *
 * <p>A weight matrix is [outputs, inputs], row-major, as in checkpoints; several given together are
 * one matrix with their rows behind each other.
 */
final class Weights {
  /** Floats held at once while a tensor is streamed; one row at least. */
  private static final int CHUNK = 1 << 19;

  /** Scales of one matrix are held until its values are written; this is 1 GiB of them. */
  private static final long MAX_SCALES = 1L << 28;

  /**
   * Values of a table that is computed: no file backs its size, and a few digits in a configuration
   * could fill the disk. A context of 1,048,576 tokens with heads of 512 fits.
   */
  private static final long MAX_COMPUTED = 1L << 28;

  private final Checkpoint checkpoint;
  private final WeightFile file;
  private final Dtype dtype;
  private final Set<String> used = new HashSet<>();
  private final Map<String, Stored> floats = new HashMap<>();
  private final Map<String, Quantized> quantized = new HashMap<>();

  Weights(Checkpoint checkpoint, WeightFile file, Dtype dtype) {
    this.checkpoint = checkpoint;
    this.file = file;
    this.dtype = dtype;
  }

  Dtype dtype() {
    return dtype;
  }

  /** Whether the checkpoint has a tensor of this name. */
  boolean has(String name) {
    return checkpoint.find(name) != null;
  }

  /** Whether {@code tensor}, a name of {@link Checkpoint#tensorNames}, was taken. */
  boolean isUsed(String tensor) {
    Tensor found = checkpoint.find(tensor);
    return found != null && used.contains(found.name());
  }

  /** The tensor of this name and shape, marked as used. */
  Tensor take(String name, long... shape) {
    Tensor tensor = checkpoint.tensor(name, shape);
    used.add(tensor.name());
    return tensor;
  }

  /** Tensors as they are, one behind the other. */
  Stored floats(String name, List<Tensor> parts) {
    Stored known = floats.get(name);
    if (known == null) {
      long offset = file.align();
      forEachChunk(parts, (values, rows, columns) -> file.write(values, rows * columns));
      known = new Stored(name, DataType.FLOAT, offset, file.position() - offset);
      floats.put(name, known);
    }
    return known;
  }

  /** Computed values, [rows, columns], made row by row. */
  Stored computed(String name, int rows, int columns, RowSource source) {
    Stored known = floats.get(name);
    if (known == null) {
      if ((long) rows * columns > MAX_COMPUTED) {
        throw new ImportException(
            "%s would have %,d rows of %,d values, the limit is %,d values"
                .formatted(name, rows, columns, MAX_COMPUTED));
      }
      long offset = file.align();
      float[] row = new float[columns];
      for (int r = 0; r < rows; r++) {
        source.fill(r, row);
        file.write(row, columns);
      }
      known = new Stored(name, DataType.FLOAT, offset, file.position() - offset);
      floats.put(name, known);
    }
    return known;
  }

  /** A matrix in blocks of {@code bits} bits. */
  Quantized quantized(String name, List<Tensor> parts, int bits) {
    Quantized known = quantized.get(name);
    if (known == null) {
      known = writeQuantized(name, parts, bits);
      quantized.put(name, known);
    }
    return known;
  }

  private Quantized writeQuantized(String name, List<Tensor> parts, int bits) {
    int rows = rows(parts);
    int columns = parts.getFirst().columns();
    int blocks = BlockQuantizer.blocks(columns);
    if ((long) rows * blocks > MAX_SCALES) {
      throw new ImportException(
          "%s: %,d rows of %,d values are too large to quantise".formatted(name, rows, columns));
    }
    float[] scales = new float[rows * blocks];
    BlockQuantizer quantizer = new BlockQuantizer(bits);
    int[] scalesDone = {0};
    long offset = file.align();
    forEachChunk(
        parts,
        (values, count, width) -> {
          byte[] packed = new byte[count * quantizer.rowBytes(width)];
          float[] chunkScales = new float[count * blocks];
          IntStream.range(0, count)
              .parallel()
              .forEach(row -> quantizer.quantizeRow(values, row, width, packed, chunkScales));
          file.write(packed, packed.length);
          System.arraycopy(chunkScales, 0, scales, scalesDone[0], chunkScales.length);
          scalesDone[0] += chunkScales.length;
        });
    Stored values = new Stored(name + ".blocks", DataType.UINT8, offset, file.position() - offset);
    long scalesOffset = file.align();
    file.write(scales, scales.length);
    Stored storedScales =
        new Stored(name + ".scales", DataType.FLOAT, scalesOffset, file.position() - scalesOffset);
    return new Quantized(values, storedScales, rows, columns);
  }

  /** Rows of one matrix made of {@code parts}. */
  static int rows(List<Tensor> parts) {
    return Math.toIntExact(parts.stream().mapToLong(Tensor::rows).sum());
  }

  private static void forEachChunk(List<Tensor> parts, ChunkSink sink) {
    for (Tensor part : parts) {
      int columns = part.columns();
      int rowsAtOnce = (int) Math.min(part.rows(), Math.max(1, CHUNK / columns));
      float[] values = new float[rowsAtOnce * columns];
      for (long row = 0; row < part.rows(); row += rowsAtOnce) {
        int count = (int) Math.min(rowsAtOnce, part.rows() - row);
        part.readRows(row, count, values);
        sink.accept(values, count, columns);
      }
    }
  }

  /** Fills one row of computed values. */
  @FunctionalInterface
  interface RowSource {
    void fill(int row, float[] values);
  }

  @FunctionalInterface
  private interface ChunkSink {
    void accept(float[] values, int rows, int columns);
  }

  /** Bytes in the weight file. */
  record Stored(String name, DataType type, long offset, long length) {}

  /**
   * A quantised matrix.
   *
   * @param values the blocks
   * @param scales [rows, blocks]
   */
  record Quantized(Stored values, Stored scales, int rows, int columns) {}
}
