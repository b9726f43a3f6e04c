package io.weft.importer.check;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs packed encoder graphs (docs/model-folder.md); the caller owns the session. */
public final class PackedRun {
  private final OrtSession session;

  public PackedRun(OrtSession session) {
    this.session = session;
  }

  /**
   * Runs one batch and gives outputs by name, as flat floats.
   *
   * @param outputs which are wanted
   */
  public Values run(List<long[]> sequences, Set<String> outputs) throws OrtException {
    Map<String, OnnxTensor> inputs = inputs(sequences);
    try (OrtSession.Result result = session.run(inputs, outputs)) {
      Map<String, float[]> values = new HashMap<>();
      for (String output : outputs) {
        values.put(output, Tensors.floats((OnnxTensor) result.get(output).orElseThrow()));
      }
      return new Values(values);
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  /** Runs one batch and gives all outputs; the caller closes the result. */
  public OrtSession.Result runTensors(List<long[]> sequences) throws OrtException {
    Map<String, OnnxTensor> inputs = inputs(sequences);
    try {
      return session.run(inputs);
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private Map<String, OnnxTensor> inputs(List<long[]> sequences) throws OrtException {
    int batch = sequences.size();
    int longest = sequences.stream().mapToInt(ids -> ids.length).max().orElseThrow();
    int tokens = sequences.stream().mapToInt(ids -> ids.length).sum();
    long[] ids = new long[tokens];
    long[] positions = new long[tokens];
    long[] gather = new long[tokens];
    long[] scatter = new long[batch * longest];
    int[] lengths = new int[batch];
    int at = 0;
    for (int row = 0; row < batch; row++) {
      lengths[row] = sequences.get(row).length;
      for (int i = 0; i < lengths[row]; i++, at++) {
        ids[at] = sequences.get(row)[i];
        positions[at] = i;
        gather[at] = (long) row * longest + i;
        scatter[row * longest + i] = at;
      }
    }
    Set<String> names = session.getInputNames();
    Map<String, OnnxTensor> inputs = new HashMap<>();
    inputs.put("input_ids", Tensors.longs(ids, tokens));
    inputs.put("lengths", Tensors.ints(lengths, batch));
    inputs.put("scatter", Tensors.longs(scatter, batch, longest));
    inputs.put("gather", Tensors.longs(gather, tokens));
    if (names.contains("position_ids")) {
      inputs.put("position_ids", Tensors.longs(positions, tokens));
    }
    if (names.contains("token_type_ids")) {
      inputs.put("token_type_ids", Tensors.longs(new long[tokens], tokens));
    }
    if (names.contains("logits_index")) {
      // Every fourth token: as many as a masked language model is usually asked for.
      long[] some = Arrays.stream(Tensors.range(tokens)).filter(i -> i % 4 == 1).toArray();
      inputs.put("logits_index", Tensors.longs(some, some.length));
    }
    return inputs;
  }
}
