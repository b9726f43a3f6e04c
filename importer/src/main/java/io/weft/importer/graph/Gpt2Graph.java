package io.weft.importer.graph;

import io.weft.importer.checkpoint.Gpt2Config;
import io.weft.importer.graph.CachedAttention.Scores;
import java.util.List;
import java.util.Map;

/**
 * The decoder graph of GPT-2 (Radford et al., 2019); its inputs and outputs are those of
 * docs/model-folder.md.
 *
 * <p>Shapes: B rows, S tokens a row, D hidden size.
 */
final class Gpt2Graph implements ArchitectureGraph {
  private static final String HEAD = "lm_head.weight";

  private final Gpt2Config config;
  private final GraphBuilder graph;
  private final Layers layers;
  private final DecoderEnds ends;
  private final CachedAttention attention;
  private final LayerNormBlocks blocks;

  /** Checkpoints saved with their head keep the decoder under this prefix. */
  private final String prefix;

  Gpt2Graph(Gpt2Config config, Layers layers) {
    this.config = config;
    this.graph = layers.graph();
    this.layers = layers;
    this.ends = new DecoderEnds(config, layers);
    this.attention = new CachedAttention(config, layers);
    this.blocks = new LayerNormBlocks(layers, config.hiddenSize(), config.normEpsilon());
    this.prefix = layers.prefix("transformer.", "wpe.weight");
  }

  @Override
  public void build() {
    ends.declare();
    String table = layers.tableName(config.tiedHead(), prefix + "wte.weight", HEAD);
    String residual = embeddings(table);
    String normed = blocks.normalize(residual, prefix + "h.0.ln_1");
    for (int i = 0; i < config.layers(); i++) {
      String name = prefix + "h." + i + ".";
      String attended = attention(i, normed, name + "attn.");
      normed = blocks.addAndNormalize(residual, attended, name + "ln_2", name + "middle");
      String added = feedForward(normed, name + "mlp.");
      boolean last = i == config.layers() - 1;
      String next = prefix + (last ? "ln_f" : "h." + (i + 1) + ".ln_1");
      residual = name + "out";
      normed = blocks.addAndNormalize(name + "middle", added, next, residual);
    }
    ends.logits(normed, layers.headName(config.tiedHead(), table, HEAD));
  }

  @Override
  public boolean ignores(String tensor) {
    return tensor.endsWith(".attn.bias")
        || tensor.endsWith(".attn.masked_bias")
        || (config.tiedHead() && tensor.equals(HEAD));
  }

  /** Embeddings of tokens and of their learned positions. */
  private String embeddings(String table) {
    String tokens = ends.embed(table);
    String ofRows = StepPositions.add(graph);
    graph.node("Reshape", List.of(ofRows, DecoderEnds.FLAT), "flat_of_rows", Map.of());
    String ofPart = StepPart.positions(graph, StepPositions.ONE);
    String flat = graph.node("Concat", List.of("flat_of_rows", ofPart), "flat", Map.of("axis", 0));
    String positions =
        layers.plainEmbedding(
            flat, prefix + "wpe.weight", config.contextLength(), config.hiddenSize(), "positions");
    return graph.node("Add", List.of(tokens, positions), "embeddings", Map.of());
  }

  private String attention(int index, String input, String name) {
    int hidden = config.hiddenSize();
    double scale = config.scalesScores() ? 1 / Math.sqrt(config.headSize()) : 1;
    if (config.scalesByLayer()) {
      scale /= index + 1;
    }
    String qkv = blocks.dense(input, name + "c_attn", 3 * hidden, hidden, true);
    Scores scores = Scores.of((float) scale, null);
    String attended = attention.attend(index, List.of(qkv), scores, name + "attended");
    boolean last = index == config.layers() - 1;
    return blocks.dense(attended, name + "c_proj", hidden, hidden, last);
  }

  private String feedForward(String input, String name) {
    int wide = config.intermediateSize();
    String up = blocks.dense(input, name + "c_fc", wide, config.hiddenSize(), false);
    String active = layers.activation(up, config.activation(), name + "active");
    return blocks.dense(active, name + "c_proj", config.hiddenSize(), wide, true);
  }
}
