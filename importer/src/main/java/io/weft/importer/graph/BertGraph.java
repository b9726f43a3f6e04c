package io.weft.importer.graph;

import static io.weft.importer.graph.GraphBuilder.NONE;

import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.BertVariant;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import io.weft.importer.graph.PackedAttention.Sight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The packed encoder graph of BERT, RoBERTa, XLM-RoBERTa, DistilBERT, ELECTRA and MPNet; its inputs
 * and outputs are those of docs/model-folder.md.
 *
 * <p>Shapes: T tokens of all sequences, D hidden size, E width of the embedding tables.
 */
final class BertGraph implements ArchitectureGraph {
  private final BertConfig config;
  private final BertNames names;
  private final GraphBuilder graph;
  private final Layers layers;
  private final PackedAttention attention;
  private final BertHeads heads;

  /** Whether this is the graph of attention probabilities, which has no head. */
  private final boolean attentions;

  /** Of the encoder's tensors; checkpoints without a head have none. */
  private final String prefix;

  BertGraph(BertConfig config, Layers layers, boolean attentions) {
    this.config = config;
    this.names = BertNames.of(config.variant());
    this.graph = layers.graph();
    this.layers = layers;
    this.attentions = attentions;
    boolean prefixed = layers.has(names.prefix() + "embeddings.position_embeddings.weight");
    this.prefix = prefixed ? names.prefix() : "";
    graph.input("input_ids", DataType.INT64, "tokens");
    this.attention = new PackedAttention(layers, config.heads(), config.headSize(), attentions);
    this.heads = new BertHeads(config, layers, prefix);
  }

  @Override
  public void build() {
    graph.input("position_ids", DataType.INT64, "tokens");
    graph.output("last_hidden_state", DataType.FLOAT, "tokens", config.hiddenSize());
    String hidden = embeddings(prefix + "embeddings.");
    Sight sight = Sight.biased(config.variant() == BertVariant.MPNET ? positionBias() : NONE);
    for (int i = 0; i < config.layers(); i++) {
      String name = prefix + names.layers() + i + ".";
      String output = i == config.layers() - 1 ? "last_hidden_state" : name + "hidden";
      hidden = layer(i, hidden, sight, name, output);
    }
    if (!attentions) {
      heads.build(hidden);
    }
  }

  @Override
  public boolean ignores(String tensor) {
    return tensor.endsWith("embeddings.position_ids")
        || tensor.endsWith("embeddings.token_type_ids")
        || heads.ignores(tensor);
  }

  /** (T,D): normalised sum of words, positions and, where there are several, segments. */
  private String embeddings(String name) {
    int width = config.embeddingSize();
    String words =
        layers.embedding(
            "input_ids", heads.table(), config.vocabularySize(), width, name + "words");
    String places = positions(name);
    if (config.segments() > 1) {
      String segments =
          layers.plainEmbedding(
              graph.input("token_type_ids", DataType.INT64, "tokens"),
              name + "token_type_embeddings.weight",
              config.segments(),
              width,
              name + "segments");
      places = graph.node("Add", List.of(places, segments), name + "sum", Map.of());
    }
    String normed = normalizeSum(words, places, name + "LayerNorm", width, name + "out");
    return width == config.hiddenSize()
        ? normed
        : dense(normed, prefix + "embeddings_project", config.hiddenSize(), width, true);
  }

  /**
   * (T,E): positions count from 0, so the table is cut to those that are used, and a token type
   * that all tokens share is added to it.
   */
  private String positions(String name) {
    int width = config.embeddingSize();
    int first = config.firstPosition();
    Tensor table = layers.take(name + "position_embeddings.weight", config.positions(), width);
    if (config.segments() != 1) {
      Tensor used = table.slice(first, config.positions() - first);
      return layers.plainEmbedding("position_ids", used, name + "positions");
    }
    Tensor segment = layers.take(name + "token_type_embeddings.weight", 1, width);
    float[] shared = new float[width];
    segment.readRows(0, 1, shared);
    String sums =
        layers.computed(
            name + "positions.weight",
            config.positions() - first,
            width,
            (position, row) -> {
              table.readRows(first + position, 1, row);
              for (int i = 0; i < width; i++) {
                row[i] += shared[i];
              }
            });
    return graph.node("Gather", List.of(sums, "position_ids"), name + "positions", Map.of());
  }

  /** The bias by relative position, (1,H,L,L). */
  private String positionBias() {
    RelativePositions positions = RelativePositions.MPNET;
    Tensor biases =
        layers.take(prefix + BertNames.RELATIVE_BIAS, positions.buckets(), config.heads());
    return positions.biasOfPlaces(layers, biases);
  }

  private String layer(int index, String hidden, Sight sight, String name, String output) {
    int width = config.hiddenSize();
    int wide = config.intermediateSize();
    BertNames.Attention parts = names.attention();
    String qkv = projections(hidden, name);
    String attended = attention.attend(index, qkv, name + "attention.", sight);
    String projected = dense(attended, name + parts.output(), width, width, false);
    hidden = normalizeSum(hidden, projected, name + parts.norm(), width, name + "attention.hidden");
    String inner = dense(hidden, name + names.up(), wide, width, false);
    inner = layers.activation(inner, config.activation(), name + "activation");
    String outer = dense(inner, name + names.down(), width, wide, true);
    return normalizeSum(hidden, outer, name + names.norm(), width, output);
  }

  /** Queries, keys and values in one product: (T,D) to (T,3D). */
  private String projections(String hidden, String name) {
    int width = config.hiddenSize();
    BertNames.Attention parts = names.attention();
    List<Tensor> weights = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    for (String part : List.of(parts.query(), parts.key(), parts.value())) {
      weights.add(layers.take(name + part + ".weight", width, width));
      biases.add(layers.take(name + part + ".bias", width));
    }
    return layers.linear(
        hidden, name + "attention.qkv.weight", weights, biases, true, name + "attention.qkv");
  }

  private String dense(String input, String name, int outputs, int inputs, boolean sensitive) {
    List<Tensor> weight = List.of(layers.take(name + ".weight", outputs, inputs));
    List<Tensor> bias = List.of(layers.take(name + ".bias", outputs));
    return layers.linear(input, name + ".weight", weight, bias, sensitive, name);
  }

  private String normalizeSum(String a, String b, String norm, int width, String output) {
    String weight = layers.vector(norm + ".weight", width);
    String bias = layers.vector(norm + ".bias", width);
    return graph.node(
        "SkipLayerNormalization",
        List.of(a, b, weight, bias),
        output,
        Map.of("epsilon", config.normEpsilon()));
  }
}
