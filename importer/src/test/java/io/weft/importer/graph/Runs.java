package io.weft.importer.graph;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs written graphs as simply as possible: no batching, a fresh cache for every call. */
final class Runs {
  private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

  private Runs() {}

  /** Logits at every position of one sequence, [tokens][vocabulary]. */
  static float[][] logits(ModelFolder folder, List<Integer> ids) throws OrtException {
    ModelManifest model = folder.manifest();
    int n = ids.size();
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try (OrtSession.SessionOptions options = options();
        OrtSession session = ENVIRONMENT.createSession(folder.graph().toString(), options)) {
      inputs.put("input_ids", longs(ids.stream().mapToLong(i -> i).toArray(), 1, n));
      inputs.put("seqlens_k", ints(new int[] {n - 1}, 1));
      inputs.put("total_sequence_length", ints(new int[] {n}));
      inputs.put("logits_index", longs(java.util.stream.LongStream.range(0, n).toArray(), n));
      long[] shape = {1, model.kvHeads(), n, model.headSize()};
      for (int layer = 0; layer < model.layers(); layer++) {
        for (String kind : List.of("key", "value")) {
          float[] empty = new float[model.kvHeads() * n * model.headSize()];
          inputs.put(
              "past." + layer + "." + kind,
              OnnxTensor.createTensor(ENVIRONMENT, FloatBuffer.wrap(empty), shape));
        }
      }
      try (OrtSession.Result result = session.run(inputs)) {
        return (float[][]) result.get("logits").orElseThrow().getValue();
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  /** The tokens that follow greedily, each from a run over all before it. */
  static List<Integer> greedy(ModelFolder folder, List<Integer> prompt, int count)
      throws OrtException {
    List<Integer> ids = new ArrayList<>(prompt);
    for (int i = 0; i < count; i++) {
      float[] last = logits(folder, ids).clone()[ids.size() - 1];
      int best = 0;
      for (int t = 1; t < last.length; t++) {
        best = last[t] > last[best] ? t : best;
      }
      ids.add(best);
    }
    return ids.subList(prompt.size(), ids.size());
  }

  /**
   * Last hidden states of several sequences run as one packed batch, [sequence][tokens][hidden].
   */
  static List<float[][]> hiddenStates(ModelFolder folder, List<List<Integer>> sequences)
      throws OrtException {
    int batch = sequences.size();
    int longest = sequences.stream().mapToInt(List::size).max().orElseThrow();
    int tokens = sequences.stream().mapToInt(List::size).sum();
    long[] ids = new long[tokens];
    long[] positions = new long[tokens];
    long[] gather = new long[tokens];
    long[] scatter = new long[batch * longest];
    int[] lengths = new int[batch];
    int at = 0;
    for (int row = 0; row < batch; row++) {
      lengths[row] = sequences.get(row).size();
      for (int i = 0; i < lengths[row]; i++, at++) {
        ids[at] = sequences.get(row).get(i);
        positions[at] = i;
        gather[at] = (long) row * longest + i;
        scatter[row * longest + i] = at;
      }
    }
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try (OrtSession.SessionOptions options = options();
        OrtSession session = ENVIRONMENT.createSession(folder.graph().toString(), options)) {
      inputs.put("input_ids", longs(ids, tokens));
      inputs.put("token_type_ids", longs(new long[tokens], tokens));
      inputs.put("position_ids", longs(positions, tokens));
      inputs.put("lengths", ints(lengths, batch));
      inputs.put("scatter", longs(scatter, batch, longest));
      inputs.put("gather", longs(gather, tokens));
      try (OrtSession.Result result = session.run(inputs)) {
        float[][] all = (float[][]) result.get("last_hidden_state").orElseThrow().getValue();
        List<float[][]> states = new ArrayList<>();
        int from = 0;
        for (int length : lengths) {
          states.add(java.util.Arrays.copyOfRange(all, from, from + length));
          from += length;
        }
        return states;
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private static OrtSession.SessionOptions options() throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    return options;
  }

  private static OnnxTensor longs(long[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(ENVIRONMENT, LongBuffer.wrap(values), shape);
  }

  private static OnnxTensor ints(int[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(ENVIRONMENT, IntBuffer.wrap(values), shape);
  }
}
