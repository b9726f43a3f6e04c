package io.weft.importer.graph;

import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.List;
import java.util.Map;

/**
 * The part of a prompt that a decoder's step may have beside its rows (docs/model-folder.md). Its
 * tokens stand behind those of the rows wherever these are flat.
 */
final class StepPart {
  /** Input: its tokens, (P). */
  private static final String IDS = "part_ids";

  /** Input: tokens in its cache after the step, less 1. */
  static final String SEQLENS = "part_seqlens_k";

  /** Input: that number, not less 1. */
  static final String TOTAL = "part_total_sequence_length";

  /** P, of shape (1). */
  static final String COUNT = "part_count";

  /** Whether P is above 0. */
  static final String IS_THERE = "has_part";

  /** How many of the flat tokens are of the rows, and how many of the part. */
  static final String SPLIT = "rows_and_part";

  private StepPart() {}

  /**
   * Declares the inputs, and makes {@code tokens} of all tokens, (T) with T = B S + P.
   *
   * @param rows the tokens of the rows, (B S)
   */
  static void declare(GraphBuilder graph, String rows) {
    graph.input(IDS, DataType.INT64, "part");
    graph.input(SEQLENS, DataType.INT32, 1);
    graph.input(TOTAL, DataType.INT32);
    graph.scalar("no_tokens", 0);
    graph.node("Shape", List.of(rows), "rows_count", Map.of());
    graph.node("Shape", List.of(IDS), COUNT, Map.of());
    graph.node("Concat", List.of("rows_count", COUNT), SPLIT, Map.of("axis", 0));
    graph.node("Size", List.of(IDS), "part_size", Map.of());
    graph.node("Greater", List.of("part_size", "no_tokens"), IS_THERE, Map.of());
    graph.node("Concat", List.of(rows, IDS), "tokens", Map.of("axis", 0));
  }

  /**
   * The positions of its tokens, (P): they stand behind its past.
   *
   * @param one the scalar 1
   */
  static String positions(GraphBuilder graph, String one) {
    graph.node("Cast", List.of(TOTAL), "part_end", Map.of("to", DataType.INT64.id()));
    graph.node("Sub", List.of("part_end", "part_size"), "part_begin", Map.of());
    return graph.node(
        "Range", List.of("part_begin", "part_end", one), "positions_of_part", Map.of());
  }
}
