package io.weft.importer.graph;

import io.weft.importer.checkpoint.Activation;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.error.ImportException;
import io.weft.importer.graph.GraphBuilder.DataType;
import io.weft.importer.graph.StoredMatrix.Stored;
import io.weft.importer.quantize.BlockLayout;
import io.weft.importer.quantize.WeightRole;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The layers that all architectures are made of: adds nodes to one graph, in the number format of
 * the model folder's {@link Weights}.
 */
final class Layers {
  private final GraphBuilder graph;
  private final Weights weights;
  private final BlockLayers blocks;

  /** Weights that the graph knows already. */
  private final Set<String> declared = new HashSet<>();

  Layers(GraphBuilder graph, Weights weights) {
    this.graph = graph;
    this.weights = weights;
    this.blocks = new BlockLayers(graph, this::declare);
  }

  GraphBuilder graph() {
    return graph;
  }

  /** Tells that this graph's hidden states are (B,S,·), not (T,·). */
  void setInRows() {
    blocks.setInRows();
  }

  /** Element type of hidden states and of key/value caches. */
  DataType floatType() {
    return weights.floatType();
  }

  /** Whether the checkpoint has a tensor of this name. */
  boolean has(String name) {
    return weights.has(name);
  }

  /**
   * What the names of all tensors below a model's head begin with: nothing in checkpoints that were
   * saved without the head.
   *
   * @param prefix with which they begin otherwise
   * @param tensor one that every such model has, without the prefix
   */
  String prefix(String prefix, String tensor) {
    return !weights.has(prefix + tensor) && weights.has(tensor) ? "" : prefix;
  }

  /** The tensor of this name and shape, marked as used. */
  Tensor take(String name, long... shape) {
    return weights.take(name, shape);
  }

  /** A one-dimensional weight. */
  String vector(String name, int size) {
    return vectors(name, List.of(take(name, size)));
  }

  /** Several one-dimensional weights as one, behind each other. */
  String vectors(String name, List<Tensor> parts) {
    long size = parts.stream().mapToLong(part -> part.rows() * part.columns()).sum();
    return declare(weights.floats(name, parts), size);
  }

  /** Computed values, [rows, columns], made row by row. */
  String computed(String name, int rows, int columns, Weights.RowSource source) {
    return declare(weights.computed(name, rows, columns, source), rows, columns);
  }

  /** Looks {@code ids} up in a table that is not quantised. */
  String plainEmbedding(String ids, String name, int rows, int columns, String output) {
    return plainEmbedding(ids, take(name, rows, columns), output);
  }

  /** Looks {@code ids} up in a table that is not quantised. */
  String plainEmbedding(String ids, Tensor table, String output) {
    String values = plainMatrix(table.name(), List.of(table));
    return graph.node("Gather", List.of(values, ids), output, Map.of());
  }

  /**
   * Looks {@code ids} up in the table of tokens.
   *
   * @param ids (T), or (B,S) after {@link #setInRows}
   */
  String embedding(String ids, String name, int rows, int columns, String output) {
    List<Tensor> table = List.of(take(name, rows, columns));
    BlockLayout layout = weights.layout(table, WeightRole.EMBEDDING);
    if (layout != null && columns % layout.blockSize() != 0) {
      // A row of the operator's table cannot end within a block.
      if (weights.plan().isAsked(WeightRole.EMBEDDING)) {
        throw new ImportException(
            "tensor %s: rows of %,d values are no multiple of the block size %d; give the table"
                    .formatted(name, columns, layout.blockSize())
                + " another --block-size, or --embedding-dtype fp32");
      }
      return plainEmbedding(ids, table.getFirst(), output);
    }
    return switch (weights.matrix(name, table, WeightRole.EMBEDDING)) {
      case StoredMatrix.Floats matrix -> {
        String found = graph.node("Gather", List.of(declare(matrix), ids), output, Map.of());
        yield converted(found, matrix.values().type(), floatType());
      }
      case StoredMatrix.Blocks matrix -> blocks.lookUp(ids, matrix, output);
    };
  }

  /**
   * The matrix that scores the vocabulary. A model whose configuration makes it one with the table
   * of tokens, but whose checkpoint has another matrix beside it, is scored by that: as in
   * transformers since version 5, whose configurations of T5 say so of untied models too.
   *
   * @param tied whether the configuration makes {@code head} one with {@code table}
   */
  String headName(boolean tied, String table, String head) {
    boolean one = tied && (!weights.has(head) || weights.areAlike(table, head));
    return one ? table : head;
  }

  /**
   * The table of tokens, which a model that ties it to its output layer may be saved under the name
   * of that alone.
   *
   * @param tied whether the configuration makes {@code head} one with {@code table}
   */
  String tableName(boolean tied, String table, String head) {
    return tied && !weights.has(table) && weights.has(head) ? head : table;
  }

  /** The layer that scores the vocabulary; shares its weights with {@link #embedding}. */
  String head(String input, String name, Tensor weight, String output) {
    return linear(input, name, List.of(weight), WeightRole.HEAD, output);
  }

  /**
   * A linear layer without bias.
   *
   * @param input (T,inputs), or (B,S,inputs) after {@link #setInRows}
   * @param name of the weight in the graph
   * @param sensitive whether 4 bits would cost the model much of its quality here
   */
  String linear(String input, String name, List<Tensor> parts, boolean sensitive, String output) {
    WeightRole role = sensitive ? WeightRole.SENSITIVE : WeightRole.LINEAR;
    return linear(input, name, parts, role, output);
  }

  /**
   * A linear layer with bias.
   *
   * @param name of the weight in the graph, {@code ….weight}; the bias is {@code ….bias}
   */
  String linear(
      String input,
      String name,
      List<Tensor> parts,
      List<Tensor> biases,
      boolean sensitive,
      String output) {
    String product = linear(input, name, parts, sensitive, output + ".product");
    String bias = vectors(name.replaceFirst("\\.weight$", ".bias"), biases);
    return graph.node("Add", List.of(product, bias), output, Map.of());
  }

  /**
   * A linear layer that is never quantised, for the small heads on top of an encoder.
   *
   * @param name of the layer; its weight is {@code name.weight}, its bias {@code name.bias}
   * @param bias null for none
   */
  String plainLinear(
      String input, String name, Tensor weight, @Nullable Tensor bias, String output) {
    if (bias == null) {
      return product(input, plainMatrix(name + ".weight", List.of(weight)), output);
    }
    String matrix = plainMatrix(name + ".weight", List.of(weight));
    String product = product(input, matrix, output + ".product");
    String added = vectors(name + ".bias", List.of(bias));
    return graph.node("Add", List.of(product, added), output, Map.of());
  }

  /** Applies a function to every value. */
  String activation(String input, Activation activation, String output) {
    return switch (activation) {
      case GELU -> graph.node("Gelu", List.of(input), output, Map.of());
      case GELU_TANH -> graph.node("FastGelu", List.of(input), output, Map.of());
      case RELU -> graph.node("Relu", List.of(input), output, Map.of());
      // x sigmoid(alpha x)
      case SILU -> graph.node("QuickGelu", List.of(input), output, Map.of("alpha", 1f));
      case TANH -> graph.node("Tanh", List.of(input), output, Map.of());
    };
  }

  private String linear(
      String input, String name, List<Tensor> parts, WeightRole role, String output) {
    return switch (weights.matrix(name, parts, role)) {
      case StoredMatrix.Floats matrix -> {
        DataType type = matrix.values().type();
        boolean same = type == floatType();
        String product =
            product(
                converted(input, floatType(), type),
                declare(matrix),
                same ? output : output + ".product");
        yield same ? output : cast(product, floatType(), output);
      }
      case StoredMatrix.Blocks matrix -> blocks.linear(input, matrix, output);
    };
  }

  private String product(String input, String matrix, String output) {
    return graph.node("FusedMatMul", List.of(input, matrix), output, Map.of("transB", 1));
  }

  /** A value that a graph computes in one type, in another. */
  private String converted(String value, DataType from, DataType to) {
    return from == to ? value : cast(value, to, value + "." + Weights.dtype(to));
  }

  private String cast(String value, DataType to, String output) {
    return graph.node("Cast", List.of(value), output, Map.of("to", to.id()));
  }

  private String plainMatrix(String name, List<Tensor> parts) {
    return declare(weights.floats(name, parts), Weights.rows(parts), parts.getFirst().columns());
  }

  private String declare(StoredMatrix.Floats matrix) {
    return declare(matrix.values(), matrix.rows(), matrix.columns());
  }

  private String declare(Stored stored, long... dimensions) {
    if (declared.add(stored.name())) {
      graph.external(stored.name(), stored.type(), stored.offset(), stored.length(), dimensions);
    }
    return stored.name();
  }
}
