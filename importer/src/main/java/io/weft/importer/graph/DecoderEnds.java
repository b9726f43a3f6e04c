package io.weft.importer.graph;

import io.weft.importer.checkpoint.Architecture;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.List;
import java.util.Map;

/**
 * What all decoder graphs begin and end with; shapes as in docs/model-folder.md.
 *
 * <p>Between them lie the T tokens of all rows and of a prompt's part behind each other, (T,D);
 * only attention sees rows.
 */
record DecoderEnds(Architecture config, Layers layers) {
  /** Shape of a value without structure; a constant of the graph. */
  static final String FLAT = "flat_shape";

  /** Declares the inputs and outputs that are not the cache's. */
  void declare() {
    GraphBuilder graph = layers.graph();
    graph.input("input_ids", DataType.INT64, "batch", "sequence");
    graph.input("seqlens_k", DataType.INT32, "batch");
    graph.input("total_sequence_length", DataType.INT32);
    graph.input("logits_index", DataType.INT64, "positions");
    graph.output("logits", DataType.FLOAT, "positions", config.vocabularySize());
    graph.constant(FLAT, -1);
    graph.node("Reshape", List.of("input_ids", FLAT), "tokens_of_rows", Map.of());
    StepPart.declare(graph, "tokens_of_rows");
  }

  /** The tokens' embeddings, (T,D). */
  String embed(String table) {
    return layers.embedding(
        "tokens", table, config.vocabularySize(), config.hiddenSize(), "embedded");
  }

  /** Scores the vocabulary at the chosen positions only: (T,D) to (P,V). */
  void logits(String normed, String head) {
    GraphBuilder graph = layers.graph();
    String chosen = graph.node("Gather", List.of(normed, "logits_index"), "chosen", Map.of());
    Tensor weight = layers.take(head, config.vocabularySize(), config.hiddenSize());
    layers.head(chosen, head, weight, "logits");
  }
}
