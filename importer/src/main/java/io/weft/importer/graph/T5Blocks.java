package io.weft.importer.graph;

import static io.weft.importer.graph.GraphBuilder.NONE;

import io.weft.importer.checkpoint.T5Config;
import io.weft.importer.checkpoint.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What T5's encoder and decoder are both made of. One instance a graph: it holds the residual.
 *
 * <p>{@code wo}, the last layer of a feed-forward block, is sensitive in every format: its outputs
 * overflow in halves, so transformers too keeps it in single precision ({@code
 * _keep_in_fp32_modules}).
 *
 * <p>Shapes: D hidden size, F intermediate size; what stands before is (tokens) in the encoder and
 * (rows, tokens) in the decoder.
 */
final class T5Blocks {
  /**
   * Added to scores of keys that are no part of the input. The operator's default of -10,000 could
   * be outweighed, since scores are not scaled; the least float could overflow.
   */
  static final float MASK = -1e38f;

  private final T5Config config;
  private final GraphBuilder graph;
  private final Layers layers;

  /** The sum of all that was added so far, (…,D). */
  private String residual = NONE;

  T5Blocks(T5Config config, Layers layers) {
    this.config = config;
    this.graph = layers.graph();
    this.layers = layers;
  }

  /** Starts the residual with the embeddings of {@code input_ids}. */
  void embed(String table) {
    residual =
        layers.embedding(
            "input_ids", table, config.vocabularySize(), config.hiddenSize(), "embedded");
  }

  /**
   * Adds {@code added} to the residual and normalises the sum.
   *
   * @param added nothing where {@link GraphBuilder#NONE}
   */
  String normalize(String added, String name, String output) {
    String weight = layers.vector(name + ".weight", config.hiddenSize());
    if (added.equals(NONE)) {
      return graph.node(
          "SimplifiedLayerNormalization",
          List.of(residual, weight),
          output,
          Map.of("axis", -1, "epsilon", config.normEpsilon(), "stash_type", 1));
    }
    String sum = name + ".residual";
    graph.node(
        "SkipSimplifiedLayerNormalization",
        List.of(residual, added, weight),
        List.of(output, NONE, NONE, sum),
        Map.of("epsilon", config.normEpsilon()));
    residual = sum;
    return output;
  }

  /**
   * Several projections of one input to the width of all heads, behind each other.
   *
   * @param kinds of {@code q}, {@code k} and {@code v}
   */
  String project(String input, String name, List<String> kinds) {
    List<Tensor> parts = new ArrayList<>();
    for (String kind : kinds) {
      parts.add(layers.take(name + kind + ".weight", config.attentionWidth(), config.hiddenSize()));
    }
    String joined = name + String.join("", kinds);
    return layers.linear(input, joined + ".weight", parts, true, joined);
  }

  /** The projection of attended values back to the hidden size. */
  String projectBack(String attended, String name) {
    return dense(attended, name + "o", config.hiddenSize(), config.attentionWidth(), false);
  }

  String feedForward(String input, String name) {
    int wide = config.intermediateSize();
    int hidden = config.hiddenSize();
    if (!config.gated()) {
      String activated = activate(dense(input, name + "wi", wide, hidden, false), name);
      return dense(activated, name + "wo", hidden, wide, true);
    }
    String gate = activate(dense(input, name + "wi_0", wide, hidden, false), name);
    String values = dense(input, name + "wi_1", wide, hidden, false);
    String gated = graph.node("Mul", List.of(gate, values), name + "gated", Map.of());
    return dense(gated, name + "wo", hidden, wide, true);
  }

  private String activate(String input, String name) {
    return layers.activation(input, config.activation(), name + "activated");
  }

  private String dense(String input, String name, int outputs, int inputs, boolean sensitive) {
    String weight = name + ".weight";
    List<Tensor> parts = List.of(layers.take(weight, outputs, inputs));
    return layers.linear(input, weight, parts, sensitive, name);
  }
}
