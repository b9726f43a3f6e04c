package io.weft.importer.graph;

import io.weft.importer.checkpoint.ModernBertConfig;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import io.weft.importer.graph.PackedAttention.Sight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The packed encoder graph of ModernBERT (arXiv 2412.13663; {@code modeling_modernbert.py} of
 * transformers); its inputs and outputs are those of docs/model-folder.md.
 *
 * <p>Shapes: T tokens of all sequences, D hidden size, F width between the feed-forward layers.
 */
final class ModernBertGraph implements ArchitectureGraph {
  private static final String GLOBAL = "rotary.global";
  private static final String LOCAL = "rotary.local";

  private final ModernBertConfig config;
  private final GraphBuilder graph;
  private final Layers layers;
  private final PackedAttention attention;
  private final ModernBertHeads heads;

  /** Whether this is the graph of attention probabilities, which has no head. */
  private final boolean attentions;

  /** Of the encoder's tensors; checkpoints without a head have none. */
  private final String prefix;

  /** The sum of all that was added so far, (T,D). */
  private String residual = GraphBuilder.NONE;

  ModernBertGraph(ModernBertConfig config, Layers layers, boolean attentions) {
    this.config = config;
    this.graph = layers.graph();
    this.layers = layers;
    this.attentions = attentions;
    this.prefix = layers.has("model.embeddings.norm.weight") ? "model." : "";
    graph.input("input_ids", DataType.INT64, "tokens");
    graph.input("position_ids", DataType.INT64, "tokens");
    this.heads = new ModernBertHeads(config, layers, prefix);
    this.attention = new PackedAttention(layers, config.heads(), config.headSize(), attentions);
  }

  @Override
  public void build() {
    graph.output("last_hidden_state", DataType.FLOAT, "tokens", config.hiddenSize());
    rotaryTables(GLOBAL, config.globalFrequencies());
    rotaryTables(LOCAL, config.localFrequencies());
    String words =
        layers.embedding(
            "input_ids", heads.table(), config.vocabularySize(), config.hiddenSize(), "words");
    residual = normalize(words, prefix + "embeddings.norm", "embedded");
    String added = GraphBuilder.NONE;
    for (int i = 0; i < config.layers(); i++) {
      added = layer(i, added);
    }
    normalizeSum(added, prefix + "final_norm", "last_hidden_state");
    if (!attentions) {
      heads.build("last_hidden_state", attention);
    }
  }

  @Override
  public boolean ignores(String tensor) {
    return tensor.endsWith(".rotary_emb.inv_freq") || ModernBertHeads.ignores(tensor);
  }

  private String layer(int index, String added) {
    String name = prefix + "layers." + index + ".";
    // The first layer's input is normalised already.
    String normed =
        index == 0 ? residual : normalizeSum(added, name + "attn_norm", name + "attn_norm");
    String attended = attention(index, normed, name + "attn.");
    normed = normalizeSum(attended, name + "mlp_norm", name + "mlp_norm");
    return feedForward(normed, name + "mlp.");
  }

  private String attention(int index, String input, String name) {
    int width = config.hiddenSize();
    boolean bias = config.biases().attention();
    boolean local = config.localLayers().get(index);
    String qkv = dense(input, name + "Wqkv", 3 * width, width, bias, true);
    Sight sight = local ? Sight.turned(LOCAL, config.window()) : Sight.turned(GLOBAL, 0);
    String attended = attention.attend(index, qkv, name, sight);
    return dense(attended, name + "Wo", width, width, bias, false);
  }

  /** Wo(f(a) b), where a and b are the halves of Wi(input). */
  private String feedForward(String input, String name) {
    int wide = config.intermediateSize();
    boolean bias = config.biases().feedForward();
    String both = dense(input, name + "Wi", 2 * wide, config.hiddenSize(), bias, false);
    List<String> halves = List.of(name + "inner", name + "gate");
    graph.node("Split", List.of(both), halves, Map.of("axis", -1, "num_outputs", 2));
    String bent = layers.activation(halves.get(0), config.activation(), name + "bent");
    String gated = graph.node("Mul", List.of(bent, halves.get(1)), name + "gated", Map.of());
    return dense(gated, name + "Wo", config.hiddenSize(), wide, bias, true);
  }

  private String dense(
      String input, String name, int outputs, int inputs, boolean bias, boolean sensitive) {
    String weightName = name + ".weight";
    List<Tensor> weight = List.of(layers.take(weightName, outputs, inputs));
    if (!bias) {
      return layers.linear(input, weightName, weight, sensitive, name);
    }
    List<Tensor> biases = List.of(layers.take(name + ".bias", outputs));
    return layers.linear(input, weightName, weight, biases, sensitive, name);
  }

  private String normalize(String input, String name, String output) {
    List<String> inputs = new ArrayList<>(List.of(input));
    inputs.addAll(normWeights(name));
    return graph.node(
        "LayerNormalization", inputs, output, Map.of("axis", -1, "epsilon", config.normEpsilon()));
  }

  /** Adds {@code added} to the residual and normalises the sum. */
  private String normalizeSum(String added, String name, String output) {
    List<String> inputs = new ArrayList<>(List.of(residual, added));
    inputs.addAll(normWeights(name));
    residual = name + ".residual";
    graph.node(
        "SkipLayerNormalization",
        inputs,
        List.of(output, GraphBuilder.NONE, GraphBuilder.NONE, residual),
        Map.of("epsilon", config.normEpsilon()));
    return output;
  }

  private List<String> normWeights(String name) {
    String weight = layers.vector(name + ".weight", config.hiddenSize());
    return config.biases().norm()
        ? List.of(weight, layers.vector(name + ".bias", config.hiddenSize()))
        : List.of(weight);
  }

  private void rotaryTables(String name, List<Float> frequencies) {
    int rows = config.contextLength();
    int columns = frequencies.size();
    layers.computed(name + ".cos", rows, columns, (p, row) -> fill(p, row, frequencies, false));
    layers.computed(name + ".sin", rows, columns, (p, row) -> fill(p, row, frequencies, true));
  }

  private static void fill(int position, float[] row, List<Float> frequencies, boolean sine) {
    for (int i = 0; i < row.length; i++) {
      // The product in single precision, as transformers computes it.
      double angle = position * frequencies.get(i);
      row[i] = (float) (sine ? Math.sin(angle) : Math.cos(angle));
    }
  }
}
