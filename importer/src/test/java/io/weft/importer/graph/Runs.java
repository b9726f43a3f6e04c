package io.weft.importer.graph;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.model.ModelFolder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs written graphs as simply as possible: a new session for every call. */
final class Runs {
  private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

  private Runs() {}

  /** Logits at every position of one sequence, [tokens][vocabulary]. */
  static float[][] logits(ModelFolder folder, List<Integer> ids) throws OrtException {
    try (DecoderRun run = DecoderRun.open(folder, 1, ids.size())) {
      return run.prefill(0, ids, ids.size());
    }
  }

  /** The tokens that follow greedily. */
  static List<Integer> greedy(ModelFolder folder, List<Integer> prompt, int count)
      throws OrtException {
    try (DecoderRun run = DecoderRun.open(folder, 1, prompt.size() + count)) {
      return run.greedy(List.of(prompt), prompt.size(), count).getFirst();
    }
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
