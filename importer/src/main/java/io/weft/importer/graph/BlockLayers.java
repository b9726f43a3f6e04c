package io.weft.importer.graph;

import io.weft.importer.graph.GraphBuilder.DataType;
import io.weft.importer.graph.StoredMatrix.Stored;
import io.weft.importer.quantize.BlockLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Nodes that compute with weights in blocks.
 *
 * <p>ONNX Runtime's operators know integers and scales, not the minimum m that a block of some GGUF
 * types has: {@code w = d(q - z) + m}. With it a product is
 *
 * <pre>sum(x w) = sum(x d(q - z)) + sum over blocks of sum(x in the block) m</pre>
 *
 * so graphs add the product of the input's block sums and the minimums, which is 1/32 of the work.
 * Layers with the same input share its sums.
 */
final class BlockLayers {
  /** Products are computed with inputs in 8-bit integers, which the fast kernels do. */
  private static final int ACCURACY_LEVEL = 4;

  private final GraphBuilder graph;
  private final Declarer declarer;

  /** Names of block sums by input and block size. */
  private final Map<String, String> sums = new HashMap<>();

  /** Inputs that were flattened. */
  private final Set<String> flattened = new HashSet<>();

  /** Whether inputs are (B,S,·). */
  private boolean inRows;

  BlockLayers(GraphBuilder graph, Declarer declarer) {
    this.graph = graph;
    this.declarer = declarer;
  }

  /** Makes stored bytes a constant of the graph. */
  @FunctionalInterface
  interface Declarer {
    String declare(Stored stored, long... dimensions);
  }

  /** Tells that inputs are (B,S,·) and not (T,·), and so must outputs be. */
  void setInRows() {
    inRows = true;
  }

  /** A linear layer. */
  String linear(String input, StoredMatrix.Blocks matrix, String output) {
    if (!matrix.layout().hasMinimums()) {
      return product(input, matrix, output);
    }
    String flat = inRows ? flat(input, matrix.columns()) : input;
    String product = product(flat, matrix, output + ".steps");
    String minimums = declarer.declare(offsets(matrix), matrix.rows(), matrix.blocks());
    String sum = inRows ? output + ".flat" : output;
    graph.node("Gemm", List.of(sums(flat, matrix), minimums, product), sum, Map.of("transB", 1));
    return inRows ? shapedAs(input, -1, sum, matrix.rows(), output) : output;
  }

  /** (B,S,columns) to (T,columns). */
  private String flat(String input, int columns) {
    String name = input + ".tokens";
    if (flattened.add(name)) {
      String shape = constant("rows_shape." + columns, -1, columns);
      graph.node("Reshape", List.of(input, shape), name, Map.of());
    }
    return name;
  }

  /**
   * Gives a value (T,columns) the dimensions of another, up to the dimension {@code end}, before
   * its columns.
   */
  private String shapedAs(String like, int end, String value, int columns, String output) {
    graph.node("Shape", List.of(like), output + ".outer", end == 0 ? Map.of() : Map.of("end", end));
    String width = constant("width." + columns, columns);
    graph.node("Concat", List.of(output + ".outer", width), output + ".shape", Map.of("axis", 0));
    return graph.node("Reshape", List.of(value, output + ".shape"), output, Map.of());
  }

  private String product(String input, StoredMatrix.Blocks matrix, String output) {
    BlockLayout layout = matrix.layout();
    List<String> inputs =
        new ArrayList<>(
            List.of(
                input,
                declarer.declare(
                    matrix.integers(), matrix.rows(), matrix.blocks(), layout.blockBytes()),
                scales(matrix)));
    if (layout.hasZeroPoints()) {
      inputs.add(zeroPoints(matrix));
    }
    return graph.node(
        "MatMulNBits",
        inputs,
        output,
        Map.of(
            "K",
            matrix.columns(),
            "N",
            matrix.rows(),
            "bits",
            layout.bits(),
            "block_size",
            layout.blockSize(),
            "accuracy_level",
            ACCURACY_LEVEL));
  }

  /** The sum of each block of {@code input}, (T,blocks). */
  private String sums(String input, StoredMatrix.Blocks matrix) {
    int size = matrix.layout().blockSize();
    return sums.computeIfAbsent(
        input + ".sums" + size,
        name -> {
          String shape = constant("blocks_shape." + matrix.blocks(), -1, matrix.blocks(), size);
          String spread = graph.node("Reshape", List.of(input, shape), name + ".blocks", Map.of());
          return graph.node(
              "ReduceSum", List.of(spread, constant("last_axis", -1)), name, Map.of("keepdims", 0));
        });
  }

  /**
   * Rows of a table.
   *
   * @param ids (T), or (B,S) in rows
   */
  String lookUp(String ids, StoredMatrix.Blocks table, String output) {
    BlockLayout layout = table.layout();
    // The same bytes as a linear layer's weights, seen without the dimension of blocks.
    Stored flat =
        new Stored(
            table.integers().name() + ".rows",
            DataType.UINT8,
            table.integers().offset(),
            table.integers().length());
    List<String> inputs =
        new ArrayList<>(
            List.of(
                declarer.declare(flat, table.rows(), layout.rowBytes(table.columns())),
                ids,
                scales(table)));
    if (layout.hasZeroPoints()) {
      inputs.add(zeroPoints(table));
    }
    Map<String, Object> attributes =
        Map.of(
            "bits",
            layout.bits(),
            "block_size",
            layout.blockSize(),
            "gather_axis",
            0,
            "quantize_axis",
            1);
    if (!layout.hasMinimums()) {
      return graph.node("GatherBlockQuantized", inputs, output, attributes);
    }
    String steps = graph.node("GatherBlockQuantized", inputs, output + ".steps", attributes);
    String flatIds = ids;
    if (inRows) {
      String shape = constant("flat_ids", -1);
      flatIds = graph.node("Reshape", List.of(ids, shape), output + ".ids", Map.of());
    }
    String sum = addMinimums(flatIds, table, steps, inRows ? output + ".flat" : output);
    return inRows ? shapedAs(ids, 0, sum, table.columns(), output) : sum;
  }

  /** Rows of (columns) plus the minimum of each block, (T,columns). */
  private String addMinimums(String ids, StoredMatrix.Blocks table, String steps, String output) {
    int blocks = table.blocks();
    String spreadShape = constant("blocks_shape." + blocks, -1, blocks, table.layout().blockSize());
    String spread =
        graph.node("Reshape", List.of(steps, spreadShape), output + ".blocks", Map.of());
    String all = declarer.declare(offsets(table), table.rows(), blocks);
    String minimums = graph.node("Gather", List.of(all, ids), output + ".minimums", Map.of());
    minimums =
        graph.node(
            "Unsqueeze",
            List.of(minimums, constant("last_axis", -1)),
            output + ".minimum",
            Map.of());
    String sum = graph.node("Add", List.of(spread, minimums), output + ".sum", Map.of());
    String flatShape = constant("rows_shape." + table.columns(), -1, table.columns());
    return graph.node("Reshape", List.of(sum, flatShape), output, Map.of());
  }

  private String scales(StoredMatrix.Blocks matrix) {
    return declarer.declare(matrix.scales(), matrix.rows(), matrix.blocks());
  }

  private String zeroPoints(StoredMatrix.Blocks matrix) {
    int bytes = matrix.layout().zeroPointBytes(matrix.columns());
    return declarer.declare(offsets(matrix), matrix.rows(), bytes);
  }

  private static Stored offsets(StoredMatrix.Blocks matrix) {
    return Objects.requireNonNull(matrix.offsets());
  }

  private String constant(String name, long... values) {
    return graph.hasConstant(name) ? name : graph.constant(name, values);
  }
}
