package io.weft.importer.graph;

import io.weft.importer.checkpoint.Activation;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import io.weft.importer.quantize.BlockQuantizer;
import io.weft.importer.quantize.Dtype;
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
  private final Dtype dtype;

  /** Weights that the graph knows already. */
  private final Set<String> declared = new HashSet<>();

  Layers(GraphBuilder graph, Weights weights) {
    this.graph = graph;
    this.weights = weights;
    this.dtype = weights.dtype();
  }

  GraphBuilder graph() {
    return graph;
  }

  /** Element type of hidden states and of key/value caches. */
  DataType floatType() {
    return DataType.FLOAT;
  }

  /** Whether the checkpoint has a tensor of this name. */
  boolean has(String name) {
    return weights.has(name);
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
    String values = matrix(table.name(), List.of(table));
    return graph.node("Gather", List.of(values, ids), output, Map.of());
  }

  /** Looks {@code ids} up in the table of tokens. */
  String embedding(String ids, String name, int rows, int columns, String output) {
    if (!quantizesTable(columns)) {
      return plainEmbedding(ids, name, rows, columns, output);
    }
    int bits = dtype.sensitiveBits();
    Weights.Quantized table = weights.quantized(name, List.of(take(name, rows, columns)), bits);
    // The same bytes as the output layer's weights, seen without the dimension of blocks.
    Weights.Stored flat =
        new Weights.Stored(
            name + ".rows", DataType.UINT8, table.values().offset(), table.values().length());
    return graph.node(
        "GatherBlockQuantized",
        List.of(declare(flat, rows, (long) columns * bits / 8), ids, scales(table)),
        output,
        Map.of(
            "bits",
            bits,
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
   * @param name of the weight in the graph
   * @param sensitive whether 4 bits would cost the model much of its quality here
   */
  String linear(String input, String name, List<Tensor> parts, boolean sensitive, String output) {
    int bits = sensitive ? dtype.sensitiveBits() : dtype.linearBits();
    return linear(input, name, parts, bits, output);
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
      return linear(input, name + ".weight", List.of(weight), 0, output);
    }
    String product = linear(input, name + ".weight", List.of(weight), 0, output + ".product");
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

  private String linear(String input, String name, List<Tensor> parts, int bits, String output) {
    if (bits == 0) {
      return graph.node(
          "FusedMatMul", List.of(input, matrix(name, parts)), output, Map.of("transB", 1));
    }
    Weights.Quantized weight = weights.quantized(name, parts, bits);
    String values =
        declare(
            weight.values(),
            weight.rows(),
            BlockQuantizer.blocks(weight.columns()),
            BlockQuantizer.BLOCK_SIZE * bits / 8);
    return graph.node(
        "MatMulNBits",
        List.of(input, values, scales(weight)),
        output,
        Map.of(
            "K",
            weight.columns(),
            "N",
            weight.rows(),
            "bits",
            bits,
            "block_size",
            BlockQuantizer.BLOCK_SIZE,
            "accuracy_level",
            4));
  }

  private boolean quantizesTable(int columns) {
    return dtype.sensitiveBits() != 0 && columns % BlockQuantizer.BLOCK_SIZE == 0;
  }

  private String matrix(String name, List<Tensor> parts) {
    return declare(weights.floats(name, parts), Weights.rows(parts), parts.getFirst().columns());
  }

  private String scales(Weights.Quantized weight) {
    return declare(weight.scales(), weight.rows(), BlockQuantizer.blocks(weight.columns()));
  }

  private String declare(Weights.Stored stored, long... dimensions) {
    if (declared.add(stored.name())) {
      graph.external(stored.name(), stored.type(), stored.offset(), stored.length(), dimensions);
    }
    return stored.name();
  }
}
