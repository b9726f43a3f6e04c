package io.weft.importer.graph;

import static io.weft.importer.graph.GraphBuilder.NONE;

import io.weft.importer.checkpoint.Architecture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A decoder's attention over its key/value cache: {@code GroupQueryAttention}, with the inputs and
 * outputs of docs/model-folder.md.
 *
 * @param rotary whether queries and keys are turned by the tables of {@link RotaryTables}
 */
record CachedAttention(Architecture config, Layers layers, boolean rotary) {
  private static final String ROWS = "rows_shape";
  private static final String ATTENDED = "attended_shape";

  /**
   * Adds the attention of one layer.
   *
   * @param qkv queries, keys and values, (T,·) each, or one value with all three behind each other
   * @param scale of the scores
   * @param window how many tokens back a token attends, itself included; 0 is all
   * @return the attended values, (T,heads × head size)
   */
  String attend(int index, List<String> qkv, float scale, int window, String output) {
    GraphBuilder graph = layers.graph();
    List<String> inputs = new ArrayList<>();
    for (String part : qkv) {
      inputs.add(graph.node("Reshape", List.of(part, rowsShape()), part + ".rows", Map.of()));
    }
    while (inputs.size() < 3) {
      inputs.add(NONE);
    }
    List<String> outputs = new ArrayList<>(List.of(output + ".rows"));
    for (String kind : List.of("key", "value")) {
      Object[] shape = {"batch", config.kvHeads(), "capacity", config.headSize()};
      inputs.add(graph.input("past." + index + "." + kind, layers.floatType(), shape));
      outputs.add("present." + index + "." + kind);
      graph.output("present." + index + "." + kind, layers.floatType(), shape);
    }
    inputs.addAll(List.of("seqlens_k", "total_sequence_length"));
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("num_heads", config.heads());
    attributes.put("kv_num_heads", config.kvHeads());
    attributes.put("scale", scale);
    attributes.put("do_rotary", rotary ? 1 : 0);
    if (rotary) {
      inputs.addAll(List.of(RotaryTables.COSINES, RotaryTables.SINES));
      attributes.put("rotary_interleaved", 0);
    }
    if (window > 0) {
      attributes.put("local_window_size", window);
    }
    graph.node("GroupQueryAttention", inputs, outputs, attributes);
    String flat = graph.hasConstant(ATTENDED) ? ATTENDED : graph.constant(ATTENDED, -1, width());
    return graph.node("Reshape", List.of(outputs.getFirst(), flat), output, Map.of());
  }

  private int width() {
    return config.heads() * config.headSize();
  }

  /** The shape (B,S,·). */
  private String rowsShape() {
    GraphBuilder graph = layers.graph();
    if (!graph.hasConstant("any_width")) {
      graph.constant("any_width", -1);
      graph.node("Shape", List.of("input_ids"), "rows", Map.of());
      graph.node("Concat", List.of("rows", "any_width"), ROWS, Map.of("axis", 0));
    }
    return ROWS;
  }
}
