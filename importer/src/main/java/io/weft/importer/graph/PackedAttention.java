package io.weft.importer.graph;

import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Self-attention of packed encoders. Sequences are spread to rows [batch, longest] only here; all
 * else runs on their tokens alone.
 *
 * <p>Two forms compute the same: one fused operator, or one node a step, whose probabilities are
 * outputs of the graph.
 *
 * <p>Shapes: T tokens of all sequences, B sequences, L longest sequence, H heads, K head size, D =
 * H K.
 */
final class PackedAttention {
  /** Takes a place out of a softmax: no score comes near, and 16 bits hold it. */
  private static final float MASKED = -65_504;

  private final Layers layers;
  private final GraphBuilder graph;
  private final int heads;
  private final int headSize;
  private final boolean probabilities;

  /** Nodes made once and used by all layers, by the name of what they make. */
  private final Map<String, String> shared = new HashMap<>();

  /**
   * Declares the inputs {@code lengths}, {@code scatter} and {@code gather}.
   *
   * @param probabilities whether each layer N gives an output {@code attentions.N}, (B,H,L,L)
   */
  PackedAttention(Layers layers, int heads, int headSize, boolean probabilities) {
    this.layers = layers;
    this.graph = layers.graph();
    this.heads = heads;
    this.headSize = headSize;
    this.probabilities = probabilities;
    graph.input("lengths", DataType.INT32, "batch");
    graph.input("scatter", DataType.INT64, "batch", "longest");
    graph.input("gather", DataType.INT64, "tokens");
    graph.constant("flat_shape", -1, (long) heads * headSize);
  }

  /**
   * What a layer sees, and how it tells places apart.
   *
   * @param rotary prefix of its tables {@code ….cos} and {@code ….sin}, [positions, K / 2]; {@link
   *     GraphBuilder#NONE} without rotary positions
   * @param window tokens seen to either side; 0 for the whole sequence
   * @param bias what is added to the scores, (1,H,L,L); {@link GraphBuilder#NONE} for nothing
   */
  record Sight(String rotary, int window, String bias) {
    Sight {
      if (window != 0 && !bias.equals(GraphBuilder.NONE)) {
        throw new IllegalArgumentException("a window and a bias: the operator takes one of them");
      }
    }

    static Sight turned(String rotary, int window) {
      return new Sight(rotary, window, GraphBuilder.NONE);
    }

    static Sight biased(String bias) {
      return new Sight(GraphBuilder.NONE, 0, bias);
    }
  }

  /**
   * Attends within each sequence.
   *
   * @param index of the layer
   * @param qkv queries, keys and values, (T,3D)
   * @param name prefix of all names that it gives
   * @return (T,D)
   */
  String attend(int index, String qkv, String name, Sight sight) {
    String spread = graph.node("Gather", List.of(qkv, "scatter"), name + "spread", Map.of());
    String q = name + "q";
    String k = name + "k";
    String v = name + "v";
    graph.node("Split", List.of(spread), List.of(q, k, v), Map.of("axis", -1, "num_outputs", 3));
    if (!sight.rotary.equals(GraphBuilder.NONE)) {
      q = rotate(q, sight.rotary);
      k = rotate(k, sight.rotary);
    }
    String attended =
        probabilities
            ? explicit(index, List.of(q, k, v), name, sight)
            : fused(List.of(q, k, v), name, sight);
    String flat = graph.node("Reshape", List.of(attended, "flat_shape"), name + "flat", Map.of());
    return graph.node("Gather", List.of(flat, "gather"), name + "packed", Map.of());
  }

  /** (B,L,D) to the same, turned by its positions. */
  private String rotate(String input, String tables) {
    String positions = shared("place_positions", n -> node("Gather", n, "position_ids", "scatter"));
    return graph.node(
        "RotaryEmbedding",
        List.of(input, positions, tables + ".cos", tables + ".sin"),
        input + ".rotated",
        Map.of("interleaved", 0));
  }

  private String fused(List<String> qkv, String name, Sight sight) {
    List<String> inputs = new ArrayList<>(qkv);
    inputs.addAll(List.of(GraphBuilder.NONE, "lengths"));
    inputs.add(sight.window == 0 ? sight.bias : windowBias(sight.window));
    return graph.node("MultiHeadAttention", inputs, name + "attended", Map.of("num_heads", heads));
  }

  /** softmax(q kᵀ / √K + bias) v, step by step. */
  private String explicit(int index, List<String> qkv, String name, Sight sight) {
    shared("head_shape", n -> graph.constant(n, 0, 0, heads, headSize));
    String q = split(qkv.get(0));
    String k = split(qkv.get(1));
    String v = split(qkv.get(2));
    String scores =
        graph.node(
            "FusedMatMul",
            List.of(q, k),
            name + "scores",
            Map.of("transB", 1, "alpha", (float) (1 / Math.sqrt(headSize))));
    if (!sight.bias.equals(GraphBuilder.NONE)) {
      scores = node("Add", name + "biased", scores, sight.bias);
    }
    String masked = node("Where", name + "masked", mask(sight.window), scores, masked());
    String output = "attentions." + index;
    graph.node("Softmax", List.of(masked), output, Map.of("axis", -1));
    graph.output(output, DataType.FLOAT, "batch", heads, "longest", "longest");
    String product = node("MatMul", name + "product", output, v);
    return transpose(product, name + "attended");
  }

  /** (B,L,D) to (B,H,L,K). */
  private String split(String input) {
    String parts = node("Reshape", input + ".parts", input, "head_shape");
    return transpose(parts, input + ".heads");
  }

  private String transpose(String input, String output) {
    return graph.node("Transpose", List.of(input), output, Map.of("perm", new long[] {0, 2, 1, 3}));
  }

  /** Which places hold a token: (B,1,1,L). */
  String placesWithin() {
    shared("row_shape", n -> graph.constant(n, -1, 1, 1, 1));
    shared("one", n -> graph.constant(n, 1));
    shared("lengths_64", n -> cast(n, "lengths", DataType.INT64));
    shared("counts", n -> node("Reshape", n, "lengths_64", "row_shape"));
    shared("last_places", n -> node("Sub", n, "counts", "one"));
    return shared("places_within", n -> node("LessOrEqual", n, places(), "last_places"));
  }

  /** Which places each place may see: (B,1,1,L), or (B,1,L,L) with a window. */
  private String mask(int window) {
    String within = placesWithin();
    if (window == 0) {
      return within;
    }
    // Rows of padding look from the last place, so that each of them sees something.
    shared("column_shape", n -> graph.constant(n, 1, 1, -1, 1));
    shared("place_column", n -> node("Reshape", n, places(), "column_shape"));
    shared("places_from", n -> node("Min", n, "place_column", "last_places"));
    String near = near(window, "places_from");
    return shared("places_seen." + window, n -> node("And", n, within, near));
  }

  /** (1,1,L,L): 0 within the window, else {@link #MASKED}. */
  private String windowBias(int window) {
    shared("column_shape", n -> graph.constant(n, 1, 1, -1, 1));
    shared("place_column", n -> node("Reshape", n, places(), "column_shape"));
    String near = near(window, "place_column");
    String zero = shared("attention.zero", n -> layers.computed(n, 1, 1, (r, row) -> row[0] = 0));
    return shared("window_bias." + window, n -> node("Where", n, near, zero, masked()));
  }

  /** Whether a place is within the window around another. */
  private String near(int window, String from) {
    shared("distances", n -> node("Abs", n, node("Sub", "place_offsets", from, places())));
    String limit = shared("window." + window, n -> graph.constant(n, window));
    return shared("places_near." + window, n -> node("LessOrEqual", n, "distances", limit));
  }

  /** (L): 0, 1, 2, ... */
  private String places() {
    return shared(
        "places",
        n -> {
          String longest =
              graph.node(
                  "Shape", List.of("scatter"), "longest_place", Map.of("start", 1, "end", 2));
          String start = node("Squeeze", "first_place", graph.constant("first", 0));
          String end = node("Squeeze", "end_place", longest);
          String step = node("Squeeze", "place_step", graph.constant("step", 1));
          return node("Range", n, start, end, step);
        });
  }

  private String masked() {
    return shared("attention.masked", n -> layers.computed(n, 1, 1, (r, row) -> row[0] = MASKED));
  }

  private String cast(String output, String input, DataType type) {
    return graph.node("Cast", List.of(input), output, Map.of("to", type.id()));
  }

  private String node(String operator, String output, String... inputs) {
    return graph.node(operator, List.of(inputs), output, Map.of());
  }

  /** The value called {@code name}, made by {@code maker} unless it was before. */
  private String shared(String name, UnaryOperator<String> maker) {
    String known = shared.get(name);
    if (known == null) {
      known = maker.apply(name);
      shared.put(name, known);
    }
    return known;
  }
}
