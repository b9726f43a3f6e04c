package io.weft.importer.graph;

import static io.weft.importer.graph.GraphBuilder.NONE;

import io.weft.importer.checkpoint.T5Config;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.List;
import java.util.Map;

/**
 * T5's encoder, packed, with the keys and values that the decoder attends to; inputs and outputs
 * are those of docs/model-folder.md.
 *
 * <p>Shapes: T tokens of all sequences, B sequences, L longest sequence, H heads, W width of all
 * heads, D hidden size.
 */
final class T5EncoderGraph implements ArchitectureGraph {
  private final T5Config config;
  private final GraphBuilder graph;
  private final Layers layers;
  private final T5Blocks blocks;

  T5EncoderGraph(T5Config config, Layers layers) {
    this.config = config;
    this.graph = layers.graph();
    this.layers = layers;
    this.blocks = new T5Blocks(config, layers);
  }

  @Override
  public void build() {
    graph.input("input_ids", DataType.INT64, "tokens");
    graph.input("lengths", DataType.INT32, "batch");
    graph.input("scatter", DataType.INT64, "batch", "longest");
    graph.input("gather", DataType.INT64, "tokens");
    graph.output("last_hidden_state", DataType.FLOAT, "tokens", config.hiddenSize());
    graph.constant("flat_shape", -1, config.attentionWidth());
    graph.constant("heads_shape", 0, 0, config.heads(), config.headSize());

    String bias = positionBias();
    blocks.embed(T5Table.ofEncoder(layers));
    String added = NONE;
    for (int i = 0; i < config.encoderLayers(); i++) {
      String name = "encoder.block." + i + ".layer.";
      String normed = blocks.normalize(added, name + "0.layer_norm", name + "0.layer_norm");
      added = attention(normed, name + "0.SelfAttention.", bias);
      normed = blocks.normalize(added, name + "1.layer_norm", name + "1.layer_norm");
      added = blocks.feedForward(normed, name + "1.DenseReluDense.");
    }
    String states = blocks.normalize(added, "encoder.final_layer_norm", "last_hidden_state");
    for (int i = 0; i < config.layers(); i++) {
      crossAttention(states, i);
    }
  }

  @Override
  public boolean ignores(String tensor) {
    return T5Table.isCopy(tensor);
  }

  /** The bias by relative position, (1,H,L,L). */
  private String positionBias() {
    Tensor biases =
        layers.take(
            "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
            config.buckets(),
            config.heads());
    return RelativePositions.ofEncoder(config).biasOfPlaces(layers, biases);
  }

  /** (T,D) to (T,D): spread to (B,L,3W) only for the attention itself. */
  private String attention(String input, String name, String bias) {
    String qkv = blocks.project(input, name, List.of("q", "k", "v"));
    String spread = graph.node("Gather", List.of(qkv, "scatter"), name + "spread", Map.of());
    List<String> split = List.of(name + "queries", name + "keys", name + "values");
    graph.node("Split", List.of(spread), split, Map.of("axis", -1, "num_outputs", 3));
    String attended =
        graph.node(
            "MultiHeadAttention",
            List.of(split.get(0), split.get(1), split.get(2), NONE, "lengths", bias),
            name + "attended",
            Map.of("num_heads", config.heads(), "scale", 1f, "mask_filter_value", T5Blocks.MASK));
    String flat = graph.node("Reshape", List.of(attended, "flat_shape"), name + "flat", Map.of());
    String packed = graph.node("Gather", List.of(flat, "gather"), name + "packed", Map.of());
    return blocks.projectBack(packed, name);
  }

  /** Keys and values of a decoder layer's attention to the input, (B,H,L,W/H) each. */
  private void crossAttention(String states, int layer) {
    String name = "decoder.block." + layer + ".layer.1.EncDecAttention.";
    for (String kind : List.of("key", "value")) {
      String output = "cross." + layer + "." + kind;
      graph.output(
          output, layers.floatType(), "batch", config.heads(), "longest", config.headSize());
      String packed = blocks.project(states, name, List.of(kind.substring(0, 1)));
      graph.node("Gather", List.of(packed, "scatter"), output + ".spread", Map.of());
      graph.node(
          "Reshape", List.of(output + ".spread", "heads_shape"), output + ".heads", Map.of());
      graph.node(
          "Transpose", List.of(output + ".heads"), output, Map.of("perm", new long[] {0, 2, 1, 3}));
    }
  }
}
