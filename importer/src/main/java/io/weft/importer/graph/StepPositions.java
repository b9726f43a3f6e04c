package io.weft.importer.graph;

import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.List;
import java.util.Map;

/** Where the tokens of a decoder's step stand in their sequences. */
final class StepPositions {
  /** The scalar 1, once {@link #add} was called. */
  static final String ONE = "one";

  private StepPositions() {}

  /**
   * The position of each token, (B,S): the tokens of a row stand behind its past, the last of them
   * at {@code seqlens_k}.
   */
  static String add(GraphBuilder graph) {
    graph.scalar("zero", 0);
    graph.scalar(ONE, 1);
    graph.constant("last_axis", -1);
    graph.node("Shape", List.of("input_ids"), "input_ids.shape", Map.of());
    graph.node("Gather", List.of("input_ids.shape", ONE), "sequence", Map.of());
    graph.node("Range", List.of("zero", "sequence", ONE), "steps", Map.of());
    graph.node("Cast", List.of("seqlens_k"), "last", Map.of("to", DataType.INT64.id()));
    graph.node("Sub", List.of("last", "sequence"), "before_last", Map.of());
    graph.node("Add", List.of("before_last", ONE), "first", Map.of());
    graph.node("Unsqueeze", List.of("first", "last_axis"), "first_of_row", Map.of());
    return graph.node("Add", List.of("first_of_row", "steps"), "positions_of_tokens", Map.of());
  }
}
