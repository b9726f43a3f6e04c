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

  private static final String LOGITS = "logits";

  /** Declares the inputs and outputs that are not the cache's. */
  void declare() {
    GraphBuilder graph = layers.graph();
    graph.input("input_ids", DataType.INT64, "batch", "sequence");
    graph.input("seqlens_k", DataType.INT32, "batch");
    graph.input("total_sequence_length", DataType.INT32);
    graph.input("logits_index", DataType.INT64, "positions");
    graph.output(LOGITS, DataType.FLOAT, "positions", config.vocabularySize());
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
    score(normed, head, LOGITS);
  }

  /** The same, with scores x that become {@code cap tanh(x / cap)}. */
  void cappedLogits(String normed, String head, float cap) {
    GraphBuilder graph = layers.graph();
    String scores = score(normed, head, "scores");
    String limit = layers.computed("logit_cap", 1, 1, (r, row) -> row[0] = cap);
    String parts = graph.node("Div", List.of(scores, limit), "scores.of_cap", Map.of());
    String bent = graph.node("Tanh", List.of(parts), "scores.bent", Map.of());
    graph.node("Mul", List.of(bent, limit), LOGITS, Map.of());
  }

  private String score(String normed, String head, String output) {
    GraphBuilder graph = layers.graph();
    String chosen = graph.node("Gather", List.of(normed, "logits_index"), "chosen", Map.of());
    Tensor weight = layers.take(head, config.vocabularySize(), config.hiddenSize());
    return layers.head(chosen, head, weight, output);
  }
}
