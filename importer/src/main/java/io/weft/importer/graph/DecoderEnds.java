package io.weft.importer.graph;

import io.weft.importer.checkpoint.Architecture;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.List;
import java.util.Map;

/** What all decoder graphs begin and end with; shapes as in docs/model-folder.md. */
record DecoderEnds(Architecture config, Layers layers) {
  /** Declares the inputs and outputs that are not the cache's. */
  void declare() {
    GraphBuilder graph = layers.graph();
    graph.input("input_ids", DataType.INT64, "batch", "sequence");
    graph.input("seqlens_k", DataType.INT32, "batch");
    graph.input("total_sequence_length", DataType.INT32);
    graph.input("logits_index", DataType.INT64, "positions");
    graph.output("logits", DataType.FLOAT, "positions", config.vocabularySize());
  }

  /** The tokens' embeddings, (B,S,D). */
  String embed(String table) {
    return layers.embedding(
        "input_ids", table, config.vocabularySize(), config.hiddenSize(), "embedded");
  }

  /** Scores the vocabulary at the chosen positions only: (B,S,D) to (P,V). */
  void logits(String normed, String head) {
    GraphBuilder graph = layers.graph();
    String shape = graph.constant("flat_shape", -1, config.hiddenSize());
    String flat = graph.node("Reshape", List.of(normed, shape), "flat", Map.of());
    String chosen = graph.node("Gather", List.of(flat, "logits_index"), "chosen", Map.of());
    Tensor weight = layers.take(head, config.vocabularySize(), config.hiddenSize());
    layers.head(chosen, head, weight, "logits");
  }
}
