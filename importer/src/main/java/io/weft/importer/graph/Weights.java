package io.weft.importer.graph;

import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.checkpoint.TensorType;
import io.weft.importer.error.ImportException;
import io.weft.importer.graph.GraphBuilder.DataType;
import io.weft.importer.graph.StoredMatrix.Stored;
import io.weft.importer.quantize.BlockLayout;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.WeightPlan;
import io.weft.importer.quantize.WeightRole;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one model folder: taken from the checkpoint by name and streamed to the weight
 * file once, however many graphs use them. What was stored under a name before is given again.
 *
 * <p>A weight matrix is [outputs, inputs], row-major, as in checkpoints; several given together are
 * one matrix with their rows behind each other.
 */
final class Weights {
  /**
   * Values of a table that is computed: no file backs its size, and a few digits in a configuration
   * could fill the disk. A context of 1,048,576 tokens with heads of 512 fits.
   */
  private static final long MAX_COMPUTED = 1L << 28;

  private final Checkpoint checkpoint;
  private final WeightFile file;
  private final MatrixWriter writer;
  private final FormatChoice choice;
  private final FormatCounts counts = new FormatCounts();
  private final Set<String> used = new HashSet<>();
  private final Map<String, Stored> floats = new HashMap<>();
  private final Map<String, StoredMatrix.Blocks> blocks = new HashMap<>();

  Weights(Checkpoint checkpoint, WeightFile file, WeightPlan plan) {
    this.checkpoint = checkpoint;
    this.file = file;
    this.writer = new MatrixWriter(file);
    this.choice = new FormatChoice(plan, checkpoint);
  }

  WeightPlan plan() {
    return choice.plan();
  }

  /** What was written so far. */
  FormatCounts counts() {
    return counts;
  }

  /** Element type of floats that a graph computes with. */
  DataType floatType() {
    return plan().dtype() == Dtype.FP16 ? DataType.FLOAT16 : DataType.FLOAT;
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

  /** Whether the checkpoint has both tensors, and they hold the same. */
  boolean areAlike(String one, String other) {
    Tensor first = checkpoint.find(one);
    Tensor second = checkpoint.find(other);
    return first != null && second != null && second.hasContentOf(first);
  }

  /** The tensor of this name and shape, marked as used. */
  Tensor take(String name, long... shape) {
    Tensor tensor = checkpoint.tensor(name, shape);
    used.add(tensor.name());
    return tensor;
  }

  /** Tensors one behind the other, as floats that the graph computes with. */
  Stored floats(String name, List<Tensor> parts) {
    return floats(name, parts, floatType());
  }

  /** Tensors one behind the other, as floats of {@code type}. */
  Stored floats(String name, List<Tensor> parts, DataType type) {
    // The same weight may be wanted in two types.
    String key = type == floatType() ? name : name + "." + dtype(type);
    Stored known = floats.get(key);
    if (known == null) {
      known = writer.floats(key, parts, type);
      floats.put(key, known);
      counts.add(parts, dtype(type), part -> holds(type, part), known.length());
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
        file.write(name, row, columns, floatType());
      }
      known = new Stored(name, floatType(), offset, file.position() - offset);
      floats.put(name, known);
    }
    return known;
  }

  /** A matrix in the format that is right for it. */
  StoredMatrix matrix(String name, List<Tensor> parts, WeightRole role) {
    BlockLayout layout = choice.layout(parts, role);
    if (layout == null) {
      DataType type = plan().dtype(role) == Dtype.FP16 ? DataType.FLOAT16 : DataType.FLOAT;
      return new StoredMatrix.Floats(
          floats(name, parts, type), rows(parts), parts.getFirst().columns());
    }
    String key = name + "." + layout.suffix();
    StoredMatrix.Blocks known = blocks.get(key);
    if (known == null) {
      long before = file.position();
      known = writer.blocks(key, parts, layout, part -> choice.carries(part, role));
      blocks.put(key, known);
      counts.add(
          parts, layout.toString(), part -> choice.carries(part, role), file.position() - before);
    }
    return known;
  }

  /** The layout that {@link #matrix} would give; null for floats. */
  @Nullable BlockLayout layout(List<Tensor> parts, WeightRole role) {
    return choice.layout(parts, role);
  }

  /** As in manifests, {@code fp32}. */
  static String dtype(DataType type) {
    return (type == DataType.FLOAT16 ? Dtype.FP16 : Dtype.FP32).toString();
  }

  /** Whether floats of {@code type} are exactly what the checkpoint has. */
  private static boolean holds(DataType type, Tensor tensor) {
    return type == DataType.FLOAT || (tensor.type() == TensorType.F16 && tensor.isAsInFile());
  }

  /** Rows of one matrix made of {@code parts}. */
  static int rows(List<Tensor> parts) {
    return Math.toIntExact(parts.stream().mapToLong(Tensor::rows).sum());
  }

  /** Fills one row of computed values. */
  @FunctionalInterface
  interface RowSource {
    void fill(int row, float[] values);
  }
}
