package io.weft.importer.graph;

import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.List;
import java.util.Map;

/**
 * The packed encoder graph of BERT; its inputs and outputs are those of docs/model-folder.md.
 *
 * <p>Shapes: T tokens of all sequences, B sequences, L longest sequence, D hidden size.
 */
final class BertGraph implements ArchitectureGraph {
  private final BertConfig config;
  private final GraphBuilder graph;
  private final Layers layers;

  /** Checkpoints with a head keep the encoder under this prefix. */
  private final String prefix;

  BertGraph(BertConfig config, Layers layers) {
    this.config = config;
    this.graph = layers.graph();
    this.layers = layers;
    this.prefix = layers.has("bert.embeddings.word_embeddings.weight") ? "bert." : "";
  }

  @Override
  public void build() {
    graph.input("input_ids", DataType.INT64, "tokens");
    graph.input("token_type_ids", DataType.INT64, "tokens");
    graph.input("position_ids", DataType.INT64, "tokens");
    graph.input("lengths", DataType.INT32, "batch");
    graph.input("scatter", DataType.INT64, "batch", "longest");
    graph.input("gather", DataType.INT64, "tokens");
    graph.output("last_hidden_state", DataType.FLOAT, "tokens", config.hiddenSize());
    graph.constant("flat_shape", -1, config.hiddenSize());

    String hidden = embeddings(prefix + "embeddings.");
    for (int i = 0; i < config.layers(); i++) {
      String name = prefix + "encoder.layer." + i + ".";
      String output = i == config.layers() - 1 ? "last_hidden_state" : name + "hidden";
      hidden = layer(hidden, name, output);
    }
  }

  @Override
  public boolean ignores(String tensor) {
    return tensor.endsWith("embeddings.position_ids")
        || tensor.startsWith(prefix + "pooler.")
        || tensor.startsWith("cls.");
  }

  private String embeddings(String name) {
    int hidden = config.hiddenSize();
    String words =
        layers.embedding(
            "input_ids",
            name + "word_embeddings.weight",
            config.vocabularySize(),
            hidden,
            name + "words");
    String positions =
        layers.plainEmbedding(
            "position_ids",
            name + "position_embeddings.weight",
            config.positions(),
            hidden,
            name + "positions");
    String segments =
        layers.plainEmbedding(
            "token_type_ids",
            name + "token_type_embeddings.weight",
            config.segments(),
            hidden,
            name + "segments");
    String sum = graph.node("Add", List.of(positions, segments), name + "sum", Map.of());
    return addAndNormalize(List.of(words, sum), name + "LayerNorm", "", name + "out");
  }

  private String layer(String hidden, String name, String output) {
    String attended = attention(hidden, name + "attention.self.");
    String projected =
        dense(
            attended,
            name + "attention.output.dense",
            config.hiddenSize(),
            config.hiddenSize(),
            false);
    hidden =
        addAndNormalize(
            List.of(hidden, projected),
            name + "attention.output.LayerNorm",
            name + "attention.output.dense.bias",
            name + "attention.hidden");

    String wide =
        dense(
            hidden,
            name + "intermediate.dense",
            config.intermediateSize(),
            config.hiddenSize(),
            false);
    String bias = layers.vector(name + "intermediate.dense.bias", config.intermediateSize());
    wide = graph.node("BiasGelu", List.of(wide, bias), name + "gelu", Map.of());
    String narrow =
        dense(wide, name + "output.dense", config.hiddenSize(), config.intermediateSize(), true);
    return addAndNormalize(
        List.of(hidden, narrow), name + "output.LayerNorm", name + "output.dense.bias", output);
  }

  /** (T,D) to (T,D): spread to (B,L,D) only for the attention itself. */
  private String attention(String hidden, String name) {
    int width = config.hiddenSize();
    List<Tensor> parts =
        List.of(
            layers.take(name + "query.weight", width, width),
            layers.take(name + "key.weight", width, width),
            layers.take(name + "value.weight", width, width));
    List<Tensor> biases =
        List.of(
            layers.take(name + "query.bias", width),
            layers.take(name + "key.bias", width),
            layers.take(name + "value.bias", width));
    String qkv = layers.linear(hidden, name + "qkv.weight", parts, true, name + "product");
    String bias = layers.vectors(name + "qkv.bias", biases);
    qkv = graph.node("Add", List.of(qkv, bias), name + "qkv", Map.of());
    String spread = graph.node("Gather", List.of(qkv, "scatter"), name + "spread", Map.of());
    List<String> split = List.of(name + "q", name + "k", name + "v");
    graph.node("Split", List.of(spread), split, Map.of("axis", -1, "num_outputs", 3));
    String attended =
        graph.node(
            "MultiHeadAttention",
            List.of(split.get(0), split.get(1), split.get(2), GraphBuilder.NONE, "lengths"),
            name + "attended",
            Map.of("num_heads", config.heads()));
    String flat = graph.node("Reshape", List.of(attended, "flat_shape"), name + "flat", Map.of());
    return graph.node("Gather", List.of(flat, "gather"), name + "packed", Map.of());
  }

  private String dense(String input, String name, int outputs, int inputs, boolean sensitive) {
    String weight = name + ".weight";
    List<Tensor> parts = List.of(layers.take(weight, outputs, inputs));
    return layers.linear(input, weight, parts, sensitive, name);
  }

  /** LayerNorm of the sum of two values and, unless its name is empty, a bias. */
  private String addAndNormalize(List<String> terms, String norm, String bias, String output) {
    List<String> inputs = new java.util.ArrayList<>(terms);
    inputs.add(layers.vector(norm + ".weight", config.hiddenSize()));
    inputs.add(layers.vector(norm + ".bias", config.hiddenSize()));
    if (!bias.isEmpty()) {
      inputs.add(layers.vector(bias, config.hiddenSize()));
    }
    return graph.node(
        "SkipLayerNormalization", inputs, output, Map.of("epsilon", config.normEpsilon()));
  }
}
