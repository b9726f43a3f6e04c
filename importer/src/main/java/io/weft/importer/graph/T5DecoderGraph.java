package io.weft.importer.graph;

import static io.weft.importer.graph.GraphBuilder.NONE;

import io.weft.importer.checkpoint.T5Config;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * T5's decoder over a key/value cache and the keys and values of an encoded input; inputs and
 * outputs are those of docs/model-folder.md.
 *
 * <p>Shapes: B rows, S tokens a row, C tokens of the longest row with its past, H heads, P
 * positions, D hidden size, V vocabulary.
 */
final class T5DecoderGraph implements ArchitectureGraph {
  /** In checkpoints from before 2021; nothing uses it. */
  private static final String UNUSED_BIAS =
      "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

  private final T5Config config;
  private final GraphBuilder graph;
  private final Layers layers;
  private final T5Blocks blocks;

  T5DecoderGraph(T5Config config, Layers layers) {
    this.config = config;
    this.graph = layers.graph();
    this.layers = layers;
    this.blocks = new T5Blocks(config, layers);
    layers.setInRows();
  }

  @Override
  public void build() {
    graph.input("input_ids", DataType.INT64, "batch", "sequence");
    graph.input("seqlens_k", DataType.INT32, "batch");
    graph.input("total_sequence_length", DataType.INT32);
    graph.input("logits_index", DataType.INT64, "positions");
    graph.input("encoder_lengths", DataType.INT32, "batch");
    graph.output("logits", DataType.FLOAT, "positions", config.vocabularySize());

    String bias = positionBias();
    blocks.embed(T5Table.ofDecoder(layers));
    String added = NONE;
    for (int i = 0; i < config.layers(); i++) {
      String name = "decoder.block." + i + ".layer.";
      String normed = blocks.normalize(added, name + "0.layer_norm", name + "0.layer_norm");
      added = selfAttention(i, normed, name + "0.SelfAttention.", bias);
      normed = blocks.normalize(added, name + "1.layer_norm", name + "1.layer_norm");
      added = crossAttention(i, normed, name + "1.EncDecAttention.");
      normed = blocks.normalize(added, name + "2.layer_norm", name + "2.layer_norm");
      added = blocks.feedForward(normed, name + "2.DenseReluDense.");
    }
    logits(blocks.normalize(added, "decoder.final_layer_norm", "decoder.final_layer_norm"));
  }

  @Override
  public boolean ignores(String tensor) {
    return tensor.equals(UNUSED_BIAS) || T5Table.isCopy(tensor);
  }

  /**
   * The bias by relative position, (B,H,S,C). The tokens of a row stand behind its past, the last
   * of them at {@code seqlens_k}; what comes after a token is masked by the attention itself.
   */
  private String positionBias() {
    RelativePositions positions = RelativePositions.ofDecoder(config);
    Tensor biases =
        layers.take(
            "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
            config.buckets(),
            config.heads());
    String table = positions.store(layers, biases, "decoder.bias_by_distance");

    String tokens = StepPositions.add(graph);
    Map<String, Object> toLong = Map.of("to", DataType.INT64.id());
    graph.node("Unsqueeze", List.of(tokens, "last_axis"), "queries", Map.of());
    graph.node("Cast", List.of("total_sequence_length"), "total", toLong);
    graph.node("Range", List.of("zero", "total", "one"), "columns", Map.of());
    graph.node("Sub", List.of("queries", "columns"), "distance", Map.of());
    graph.scalar("max_distance", config.maxDistance());
    graph.node("Clip", List.of("distance", "zero", "max_distance"), "rows", Map.of());
    graph.node("Gather", List.of(table, "rows"), "bias_by_query", Map.of());
    return graph.node(
        "Transpose",
        List.of("bias_by_query"),
        "position_bias",
        Map.of("perm", new long[] {0, 3, 1, 2}));
  }

  private String selfAttention(int index, String input, String name, String bias) {
    String qkv = blocks.project(input, name, List.of("q", "k", "v"));
    List<String> inputs = new ArrayList<>(List.of(qkv, NONE, NONE));
    List<String> outputs = new ArrayList<>(List.of(name + "attended"));
    for (String kind : List.of("key", "value")) {
      Object[] shape = {"batch", config.heads(), "capacity", config.headSize()};
      inputs.add(graph.input("past." + index + "." + kind, layers.floatType(), shape));
      outputs.add("present." + index + "." + kind);
      graph.output("present." + index + "." + kind, layers.floatType(), shape);
    }
    inputs.addAll(List.of("seqlens_k", "total_sequence_length", NONE, NONE, NONE, bias));
    graph.node(
        "GroupQueryAttention",
        inputs,
        outputs,
        Map.of(
            "num_heads",
            config.heads(),
            "kv_num_heads",
            config.heads(),
            "scale",
            1f,
            "do_rotary",
            0));
    return blocks.projectBack(outputs.getFirst(), name);
  }

  private String crossAttention(int index, String input, String name) {
    List<String> inputs = new ArrayList<>();
    inputs.add(blocks.project(input, name, List.of("q")));
    for (String kind : List.of("key", "value")) {
      inputs.add(
          graph.input(
              "cross." + index + "." + kind,
              layers.floatType(),
              "batch",
              config.heads(),
              "encoder_capacity",
              config.headSize()));
    }
    inputs.addAll(List.of(NONE, "encoder_lengths"));
    String attended =
        graph.node(
            "MultiHeadAttention",
            inputs,
            name + "attended",
            Map.of("num_heads", config.heads(), "scale", 1f, "mask_filter_value", T5Blocks.MASK));
    return blocks.projectBack(attended, name);
  }

  /** Scores the vocabulary at the chosen positions only: (B,S,D) to (P,V). */
  private void logits(String normed) {
    String shape = graph.constant("flat_shape", -1, config.hiddenSize());
    String flat = graph.node("Reshape", List.of(normed, shape), "flat", Map.of());
    String chosen = graph.node("Gather", List.of(flat, "logits_index"), "chosen", Map.of());
    if (config.scalesHead()) {
      float factor = (float) Math.pow(config.hiddenSize(), -0.5);
      String scale = layers.computed("head_scale", 1, 1, (row, values) -> values[0] = factor);
      chosen = graph.node("Mul", List.of(chosen, scale), "scaled", Map.of());
    }
    String name = T5Table.ofHead(layers);
    Tensor head = layers.take(name, config.vocabularySize(), config.hiddenSize());
    layers.head(chosen, name, head, "logits");
  }
}
