package io.weft.importer.graph;

import static io.weft.importer.graph.GraphBuilder.NONE;

import io.weft.importer.checkpoint.Architecture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A decoder's attention over its key/value cache, with the inputs and outputs of
 * docs/model-folder.md. {@code GroupQueryAttention} takes one row of several tokens or several rows
 * of one, so a step with the part of a prompt beside its rows runs the operator twice. Nothing else
 * differs, and the branches of the {@code If} hold no weights.
 */
record CachedAttention(Architecture config, Layers layers) {
  private static final String ROWS = "rows_shape";
  private static final String PART = "part_shape";
  private static final String ATTENDED = "attended_shape";
  private static final List<String> KINDS = List.of("key", "value");

  /**
   * How one layer scores keys.
   *
   * @param scale of the scores
   * @param cap c, where scaled scores x become {@code c tanh(x / c)}; 0 leaves them as they are
   * @param window how many tokens back a token attends, itself included; 0 is all
   * @param rotary what queries and keys are turned by; null for nothing
   */
  record Scores(float scale, float cap, int window, @Nullable RotaryTables rotary) {
    /** Over all tokens, as they are. */
    static Scores of(float scale, @Nullable RotaryTables rotary) {
      return new Scores(scale, 0, 0, rotary);
    }
  }

  /**
   * The tokens that one operator takes.
   *
   * @param shape of its queries, keys and values
   * @param past prefix of its cache's inputs
   */
  private record Tokens(String shape, String past, List<String> lengths) {}

  private static final Tokens OF_ROWS =
      new Tokens(ROWS, "past.", List.of("seqlens_k", "total_sequence_length"));
  private static final Tokens OF_PART =
      new Tokens(PART, "part_past.", List.of(StepPart.SEQLENS, StepPart.TOTAL));

  /**
   * Adds the attention of one layer.
   *
   * @param qkv queries, keys and values, (T,·) each, or one value with all three behind each other
   * @return the attended values, (T,heads × head size)
   */
  String attend(int index, List<String> qkv, Scores scores, String output) {
    declareShapes();
    List<String> outputs = new ArrayList<>(List.of(output));
    outputs.addAll(declareCaches(index));
    layers
        .graph()
        .node(
            "If",
            List.of(StepPart.IS_THERE),
            outputs,
            Map.of(
                "then_branch", rowsAndPart(index, qkv, scores, output + ".both"),
                "else_branch", rowsOnly(index, qkv, scores, output + ".alone")));
    return output;
  }

  private GraphBuilder rowsAndPart(int index, List<String> qkv, Scores scores, String name) {
    GraphBuilder branch = layers.graph().branch(name);
    List<String> ofRows = new ArrayList<>();
    List<String> ofPart = new ArrayList<>();
    for (String value : qkv) {
      ofRows.add(value + ".of_rows");
      ofPart.add(value + ".of_part");
      branch.node(
          "Split",
          List.of(value, StepPart.SPLIT),
          List.of(ofRows.getLast(), ofPart.getLast()),
          Map.of("axis", 0));
    }
    String rows = attention(branch, index, OF_ROWS, ofRows, scores, name + ".rows");
    String part = attention(branch, index, OF_PART, ofPart, scores, name + ".part");
    branch.node("Concat", List.of(rows, part), name, Map.of("axis", 0));
    declareOutputs(branch, name, rows, part);
    return branch;
  }

  /** Without a part its cache stays as it is. */
  private GraphBuilder rowsOnly(int index, List<String> qkv, Scores scores, String name) {
    GraphBuilder branch = layers.graph().branch(name);
    attention(branch, index, OF_ROWS, qkv, scores, name);
    String part = name + ".part";
    for (String kind : KINDS) {
      String past = OF_PART.past + index + "." + kind;
      branch.node("Identity", List.of(past), part + "." + kind, Map.of());
    }
    declareOutputs(branch, name, name, part);
    return branch;
  }

  /** Adds the operator; its cache's outputs are {@code name.key} and {@code name.value}. */
  private String attention(
      GraphBuilder branch, int index, Tokens tokens, List<String> qkv, Scores scores, String name) {
    List<String> inputs = new ArrayList<>();
    for (String value : qkv) {
      String shaped = name + ".in." + inputs.size();
      inputs.add(branch.node("Reshape", List.of(value, tokens.shape), shaped, Map.of()));
    }
    while (inputs.size() < 3) {
      inputs.add(NONE);
    }
    List<String> outputs = new ArrayList<>(List.of(name + ".out"));
    for (String kind : KINDS) {
      inputs.add(tokens.past + index + "." + kind);
      outputs.add(name + "." + kind);
    }
    inputs.addAll(tokens.lengths);
    Map<String, Object> attributes = new HashMap<>();
    attributes.put("num_heads", config.heads());
    attributes.put("kv_num_heads", config.kvHeads());
    attributes.put("scale", scores.scale);
    RotaryTables rotary = scores.rotary;
    attributes.put("do_rotary", rotary == null ? 0 : 1);
    if (rotary != null) {
      inputs.addAll(List.of(rotary.cosines(), rotary.sines()));
      attributes.put("rotary_interleaved", 0);
    }
    if (scores.window > 0) {
      attributes.put("local_window_size", scores.window);
    }
    if (scores.cap > 0) {
      attributes.put("softcap", scores.cap);
    }
    branch.node("GroupQueryAttention", inputs, outputs, attributes);
    return branch.node("Reshape", List.of(outputs.getFirst(), ATTENDED), name, Map.of());
  }

  private void declareOutputs(GraphBuilder branch, String attended, String rows, String part) {
    branch.output(attended, layers.floatType(), "tokens", width());
    for (String kind : KINDS) {
      branch.output(rows + "." + kind, layers.floatType(), cache("batch", "capacity"));
    }
    for (String kind : KINDS) {
      branch.output(part + "." + kind, layers.floatType(), cache(1, "part_capacity"));
    }
  }

  /** Declares the past and present of a layer. */
  private List<String> declareCaches(int index) {
    GraphBuilder graph = layers.graph();
    List<String> presents = new ArrayList<>();
    for (String kind : KINDS) {
      String name = index + "." + kind;
      graph.input("past." + name, layers.floatType(), cache("batch", "capacity"));
      graph.output("present." + name, layers.floatType(), cache("batch", "capacity"));
      presents.add("present." + name);
    }
    for (String kind : KINDS) {
      String name = index + "." + kind;
      graph.input("part_past." + name, layers.floatType(), cache(1, "part_capacity"));
      graph.output("part_present." + name, layers.floatType(), cache(1, "part_capacity"));
      presents.add("part_present." + name);
    }
    return presents;
  }

  private Object[] cache(Object rows, String capacity) {
    return new Object[] {rows, config.kvHeads(), capacity, config.headSize()};
  }

  private int width() {
    return config.heads() * config.headSize();
  }

  /** The shapes (B,S,·) of rows and (1,P,·) of a part, and that of what comes out of both. */
  private void declareShapes() {
    GraphBuilder graph = layers.graph();
    if (!graph.hasConstant(ATTENDED)) {
      graph.constant(ATTENDED, -1, width());
      graph.constant("any_width", -1);
      graph.constant("one_row", 1);
      graph.node("Shape", List.of("input_ids"), "rows", Map.of());
      graph.node("Concat", List.of("rows", "any_width"), ROWS, Map.of("axis", 0));
      graph.node(
          "Concat", List.of("one_row", StepPart.COUNT, "any_width"), PART, Map.of("axis", 0));
    }
  }
}
