package io.weft.importer.graph;

import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.BlockQuantizer;
import io.weft.importer.quantize.Dtype;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The layers that all architectures are made of, written in one number format: takes weights from
 * the checkpoint, streams them to the weight file and adds the nodes that use them.
 *
 * <p>A weight matrix is [outputs, inputs], row-major, as in checkpoints; several given together are
 * one matrix with their rows behind each other.
 */
final class Layers {
  /** Floats held at once while a tensor is streamed; one row at least. */
  private static final int CHUNK = 1 << 19;

  /** Scales of one matrix are held until its values are written; this is 1 GiB of them. */
  private static final long MAX_SCALES = 1L << 28;

  private final Checkpoint checkpoint;
  private final GraphBuilder graph;
  private final WeightFile weights;
  private final Dtype dtype;
  private final Set<String> used = new HashSet<>();
  private final Map<String, String> matrices = new HashMap<>();
  private final Map<String, Quantized> quantized = new HashMap<>();

  /** Quantised weights that the graph knows in the shape of {@code MatMulNBits}. */
  private final Set<String> declaredBlocks = new HashSet<>();

  Layers(Checkpoint checkpoint, GraphBuilder graph, WeightFile weights, Dtype dtype) {
    this.checkpoint = checkpoint;
    this.graph = graph;
    this.weights = weights;
    this.dtype = dtype;
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

  /** A one-dimensional weight as 32-bit floats. */
  String vector(String name, int size) {
    return floats(name, List.of(take(name, size)), size);
  }

  /** Several one-dimensional weights as one. */
  String vectors(String name, List<Tensor> parts) {
    return floats(name, parts, parts.stream().mapToLong(Tensor::columns).sum());
  }

  /** Computed values, [rows, columns], made row by row. */
  String computed(String name, int rows, int columns, RowSource source) {
    long offset = weights.align();
    float[] row = new float[columns];
    for (int r = 0; r < rows; r++) {
      source.fill(r, row);
      weights.write(row, columns);
    }
    return graph.external(
        name, GraphBuilder.DataType.FLOAT, offset, weights.position() - offset, rows, columns);
  }

  /** Looks {@code ids} up in a table that is not quantised. */
  String plainEmbedding(String ids, String name, int rows, int columns, String output) {
    String table = matrix(name, List.of(take(name, rows, columns)));
    return graph.node("Gather", List.of(table, ids), output, Map.of());
  }

  /** Looks {@code ids} up in the table of tokens. */
  String embedding(String ids, String name, int rows, int columns, String output) {
    if (!quantizesTable(columns)) {
      return plainEmbedding(ids, name, rows, columns, output);
    }
    Quantized table = quantize(name, List.of(take(name, rows, columns)), dtype.sensitiveBits());
    // The same bytes as the output layer's weights, seen without the dimension of blocks.
    String values =
        graph.external(
            name + ".rows",
            GraphBuilder.DataType.UINT8,
            table.offset,
            table.length,
            rows,
            (long) columns * dtype.sensitiveBits() / 8);
    return graph.node(
        "GatherBlockQuantized",
        List.of(values, ids, table.scales),
        output,
        Map.of(
            "bits",
            dtype.sensitiveBits(),
            "block_size",
            BlockQuantizer.BLOCK_SIZE,
            "gather_axis",
            0,
            "quantize_axis",
            1));
  }

  /** The layer that scores the vocabulary; shares its weights with {@link #embedding}. */
  String head(String input, String name, Tensor weight, String output) {
    return linear(input, name, List.of(weight), dtype.sensitiveBits(), output);
  }

  /**
   * A linear layer without bias.
   *
   * @param sensitive whether 4 bits would cost the model much of its quality here
   */
  String linear(String input, String name, List<Tensor> parts, boolean sensitive, String output) {
    int bits = sensitive ? dtype.sensitiveBits() : dtype.linearBits();
    return linear(input, name, parts, bits, output);
  }

  private String linear(String input, String name, List<Tensor> parts, int bits, String output) {
    if (bits == 0) {
      return graph.node(
          "FusedMatMul", List.of(input, matrix(name, parts)), output, Map.of("transB", 1));
    }
    Quantized weight = quantize(name, parts, bits);
    if (declaredBlocks.add(weight.name)) {
      graph.external(
          weight.name,
          GraphBuilder.DataType.UINT8,
          weight.offset,
          weight.length,
          weight.rows,
          BlockQuantizer.blocks(weight.columns),
          BlockQuantizer.BLOCK_SIZE * bits / 8);
    }
    return graph.node(
        "MatMulNBits",
        List.of(input, weight.name, weight.scales),
        output,
        Map.of(
            "K", weight.columns,
            "N", weight.rows,
            "bits", bits,
            "block_size", BlockQuantizer.BLOCK_SIZE,
            "accuracy_level", 4));
  }

  private boolean quantizesTable(int columns) {
    return dtype.sensitiveBits() != 0 && columns % BlockQuantizer.BLOCK_SIZE == 0;
  }

  private String matrix(String name, List<Tensor> parts) {
    String known = matrices.get(name);
    if (known == null) {
      known = floats(name, parts, rows(parts), parts.getFirst().columns());
      matrices.put(name, known);
    }
    return known;
  }

  private String floats(String name, List<Tensor> parts, long... dimensions) {
    long offset = weights.align();
    forEachChunk(parts, (values, rows, columns) -> weights.write(values, rows * columns));
    return graph.external(
        name, GraphBuilder.DataType.FLOAT, offset, weights.position() - offset, dimensions);
  }

  private Quantized quantize(String name, List<Tensor> parts, int bits) {
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
    long offset = weights.align();
    forEachChunk(
        parts,
        (values, count, width) -> {
          byte[] packed = new byte[count * quantizer.rowBytes(width)];
          float[] chunkScales = new float[count * blocks];
          IntStream.range(0, count)
              .parallel()
              .forEach(row -> quantizer.quantizeRow(values, row, width, packed, chunkScales));
          weights.write(packed, packed.length);
          System.arraycopy(chunkScales, 0, scales, scalesDone[0], chunkScales.length);
          scalesDone[0] += chunkScales.length;
        });
    long length = weights.position() - offset;
    long scalesOffset = weights.align();
    weights.write(scales, scales.length);
    String scaleName =
        graph.external(
            name + ".scales",
            GraphBuilder.DataType.FLOAT,
            scalesOffset,
            weights.position() - scalesOffset,
            rows,
            blocks);
    return new Quantized(name + ".blocks", scaleName, offset, length, rows, columns);
  }

  private static int rows(List<Tensor> parts) {
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

  /** A quantised matrix in the weight file; {@code name} is that of its blocks in the graph. */
  private record Quantized(
      String name, String scales, long offset, long length, int rows, int columns) {}
}
