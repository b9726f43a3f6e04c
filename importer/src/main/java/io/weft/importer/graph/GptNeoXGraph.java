package io.weft.importer.graph;

import io.weft.importer.checkpoint.GptNeoXConfig;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.CachedAttention.Scores;
import java.util.List;
import java.util.Map;

/**
 * The decoder graph of GPT-NeoX (Black et al., arXiv 2204.06745) and Pythia; its inputs and outputs
 * are those of docs/model-folder.md.
 *
 * <p>Shapes: B rows, S tokens a row, D hidden size.
 */
final class GptNeoXGraph implements ArchitectureGraph {
  private static final String HEAD = "embed_out.weight";

  private final GptNeoXConfig config;
  private final GraphBuilder graph;
  private final Layers layers;
  private final DecoderEnds ends;
  private final CachedAttention attention;
  private final LayerNormBlocks blocks;
  private final RotaryTables rotary;

  /** Of the tensors before the head; checkpoints saved without a head have none. */
  private final String prefix;

  GptNeoXGraph(GptNeoXConfig config, Layers layers) {
    this.config = config;
    this.graph = layers.graph();
    this.layers = layers;
    this.ends = new DecoderEnds(config, layers);
    this.attention = new CachedAttention(config, layers);
    this.blocks = new LayerNormBlocks(layers, config.hiddenSize(), config.normEpsilon());
    this.rotary = new RotaryTables(RotaryTables.NAME, config.rotary(), config.headSize());
    this.prefix = layers.prefix("gpt_neox.", "final_layer_norm.weight");
  }

  @Override
  public void build() {
    ends.declare();
    rotary.write(layers, config.contextLength());
    String table = layers.tableName(config.tiedHead(), prefix + "embed_in.weight", HEAD);
    String residual = ends.embed(table);
    for (int i = 0; i < config.layers(); i++) {
      residual = layer(i, residual, prefix + "layers." + i + ".");
    }
    String normed = blocks.normalize(residual, prefix + "final_layer_norm");
    ends.logits(normed, layers.headName(config.tiedHead(), table, HEAD));
  }

  @Override
  public boolean ignores(String tensor) {
    return tensor.endsWith(".attention.bias")
        || tensor.endsWith(".attention.masked_bias")
        || tensor.endsWith(".rotary_emb.inv_freq")
        || (config.tiedHead() && tensor.equals(HEAD));
  }

  private String layer(int index, String residual, String name) {
    String normed = blocks.normalize(residual, name + "input_layernorm");
    String attended = attention(index, normed, name + "attention.");
    if (!config.parallelResidual()) {
      String middle = name + "middle";
      String again =
          blocks.addAndNormalize(residual, attended, name + "post_attention_layernorm", middle);
      String added = feedForward(again, name + "mlp.");
      return graph.node("Add", List.of(middle, added), name + "out", Map.of());
    }
    String beside = blocks.normalize(residual, name + "post_attention_layernorm");
    String added = feedForward(beside, name + "mlp.");
    String both = graph.node("Add", List.of(attended, added), name + "both", Map.of());
    return graph.node("Add", List.of(residual, both), name + "out", Map.of());
  }

  private String attention(int index, String input, String name) {
    int hidden = config.hiddenSize();
    boolean last = index == config.layers() - 1;
    Scores scores = Scores.of((float) (1 / Math.sqrt(config.headSize())), rotary);
    String qkv = qkv(input, name + "query_key_value");
    String attended = attention.attend(index, List.of(qkv), scores, name + "attended");
    if (config.attentionBias()) {
      return blocks.dense(attended, name + "dense", hidden, hidden, last);
    }
    List<Tensor> weight = List.of(layers.take(name + "dense.weight", hidden, hidden));
    return layers.linear(attended, name + "dense.weight", weight, last, name + "dense");
  }

  private String qkv(String input, String name) {
    int hidden = config.hiddenSize();
    List<Tensor> weight = parts(layers.take(name + ".weight", 3L * hidden, hidden));
    if (!config.attentionBias()) {
      return layers.linear(input, name + ".weight", weight, true, name);
    }
    List<Tensor> bias = parts(layers.take(name + ".bias", 3L * hidden, 1));
    return layers.linear(input, name + ".weight", weight, bias, true, name);
  }

  private List<Tensor> parts(Tensor all) {
    int hidden = config.hiddenSize();
    return List.of(
        rotary.order(all.slice(0, hidden)),
        rotary.order(all.slice(hidden, hidden)),
        all.slice(2L * hidden, hidden));
  }

  private String feedForward(String input, String name) {
    int wide = config.intermediateSize();
    int hidden = config.hiddenSize();
    String up = blocks.dense(input, name + "dense_h_to_4h", wide, hidden, false);
    String active = layers.activation(up, config.activation(), name + "active");
    return blocks.dense(active, name + "dense_4h_to_h", hidden, wide, true);
  }
}
