package io.weft.generator.engine;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** Whether a graph is one that {@link OnnxModelRunner} can run. */
final class DecoderGraphs {
  private static final Set<OnnxJavaType> CACHE_TYPES =
      Set.of(OnnxJavaType.FLOAT, OnnxJavaType.FLOAT16, OnnxJavaType.INT8);

  private DecoderGraphs() {}

  /** Element type of keys and values, as the graph's first past declares it. */
  static OnnxJavaType cacheType(Path graph, OrtSession session) throws OrtException {
    NodeInfo past = session.getInputInfo().get("past.0.key");
    if (past != null
        && past.getInfo() instanceof TensorInfo tensor
        && CACHE_TYPES.contains(tensor.type)) {
      return tensor.type;
    }
    throw new IllegalArgumentException(
        "%s is no decoder graph that this version runs: past.0.key is %s, expected float, float16"
                .formatted(graph, past)
            + " or int8");
  }

  /**
   * Refuses a graph that takes or gives other things than docs/model-folder.md says.
   *
   * @throws IllegalArgumentException with what is expected and what is there
   */
  static void check(Path graph, OrtSession session, CacheShape shape, boolean hasEncoder) {
    Set<String> inputs =
        new TreeSet<>(Set.of("input_ids", "seqlens_k", "total_sequence_length", "logits_index"));
    Set<String> outputs = new TreeSet<>(Set.of(StepInputs.LOGITS));
    addCaches(shape, "", inputs, outputs);
    if (hasEncoder) {
      inputs.add(CrossCache.LENGTHS);
      inputs.addAll(CrossCache.names(shape));
    } else if (session.getInputNames().contains("part_ids")) {
      // Imported by a version that had none, a graph runs parts by themselves.
      inputs.addAll(Set.of("part_ids", "part_seqlens_k", "part_total_sequence_length"));
      addCaches(shape, "part_", inputs, outputs);
    }
    check(graph, "inputs", inputs, session.getInputNames());
    check(graph, "outputs", outputs, session.getOutputNames());
  }

  private static void addCaches(
      CacheShape shape, String prefix, Set<String> inputs, Set<String> outputs) {
    for (int layer = 0; layer < shape.layers(); layer++) {
      for (String kind : Set.of("key", "value")) {
        inputs.add("%spast.%d.%s".formatted(prefix, layer, kind));
        outputs.add("%spresent.%d.%s".formatted(prefix, layer, kind));
      }
    }
  }

  private static void check(Path graph, String what, Set<String> expected, Set<String> found) {
    if (!found.equals(expected)) {
      throw new IllegalArgumentException(
          "%s is no decoder graph that this version runs: its %s are %s, expected %s"
              .formatted(graph, what, new TreeSet<>(found), expected));
    }
  }
}
