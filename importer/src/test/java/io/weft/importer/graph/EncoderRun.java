package io.weft.importer.graph;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.importer.testing.TinyEncoders.Case;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One run of an encoder graph over several sequences as one packed batch.
 *
 * @param inputs that the graph declares
 * @param outputs that the graph declares, with their values
 */
record EncoderRun(Set<String> inputs, Map<String, Output> outputs) {
  /** A tensor, row-major. */
  record Output(float[] values, long[] shape) {
    /** Some rows of the first dimension, flat. */
    float[] rows(int from, int to) {
      int size = Math.toIntExact(Arrays.stream(shape).skip(1).reduce(1, Math::multiplyExact));
      return Arrays.copyOfRange(values, from * size, to * size);
    }
  }

  /** Runs {@code graph}; a masked language model scores each sequence's positions. */
  static EncoderRun of(Path graph, List<Case> sequences) throws OrtException {
    return of(graph, sequences, positions(sequences));
  }

  static EncoderRun of(Path graph, List<Case> sequences, long[] logitsIndex) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      try (OrtSession session = environment.createSession(graph.toString(), options)) {
        Map<String, OnnxTensor> inputs = inputs(environment, sequences, logitsIndex);
        Set<String> declared = session.getInputNames();
        Map<String, OnnxTensor> wanted = new HashMap<>(inputs);
        wanted.keySet().retainAll(declared);
        try (OrtSession.Result result = session.run(wanted)) {
          Map<String, Output> outputs = new HashMap<>();
          for (var entry : result) {
            outputs.put(entry.getKey(), output((OnnxTensor) entry.getValue()));
          }
          return new EncoderRun(Set.copyOf(declared), outputs);
        } finally {
          inputs.values().forEach(OnnxTensor::close);
        }
      }
    }
  }

  private static Output output(OnnxTensor tensor) {
    FloatBuffer buffer = tensor.getFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return new Output(values, tensor.getInfo().getShape());
  }

  private static long[] positions(List<Case> sequences) {
    List<Long> flat = new ArrayList<>();
    long first = 0;
    for (Case sequence : sequences) {
      List<Integer> positions = sequence.positions();
      if (positions != null) {
        for (int position : positions) {
          flat.add(first + position);
        }
      }
      first += sequence.ids().size();
    }
    return flat.stream().mapToLong(i -> i).toArray();
  }

  private static Map<String, OnnxTensor> inputs(
      OrtEnvironment environment, List<Case> sequences, long[] logitsIndex) throws OrtException {
    int batch = sequences.size();
    int longest = sequences.stream().mapToInt(s -> s.ids().size()).max().orElseThrow();
    int tokens = sequences.stream().mapToInt(s -> s.ids().size()).sum();
    long[][] perToken = new long[4][tokens];
    long[] scatter = new long[batch * longest];
    // Padding may name any token: not the row's own, so that a test sees it if it counts.
    Arrays.fill(scatter, tokens / 2);
    int[] lengths = new int[batch];
    int at = 0;
    for (int row = 0; row < batch; row++) {
      Case sequence = sequences.get(row);
      lengths[row] = sequence.ids().size();
      for (int i = 0; i < lengths[row]; i++, at++) {
        perToken[0][at] = sequence.ids().get(i);
        perToken[1][at] = sequence.typeIds().get(i);
        perToken[2][at] = i;
        perToken[3][at] = (long) row * longest + i;
        scatter[row * longest + i] = at;
      }
    }
    Map<String, OnnxTensor> inputs = new HashMap<>();
    List<String> names = List.of("input_ids", "token_type_ids", "position_ids", "gather");
    for (int i = 0; i < names.size(); i++) {
      inputs.put(names.get(i), longs(environment, perToken[i], tokens));
    }
    inputs.put("scatter", longs(environment, scatter, batch, longest));
    inputs.put("logits_index", longs(environment, logitsIndex, logitsIndex.length));
    inputs.put(
        "lengths",
        OnnxTensor.createTensor(environment, IntBuffer.wrap(lengths), new long[] {batch}));
    return inputs;
  }

  private static OnnxTensor longs(OrtEnvironment environment, long[] values, long... shape)
      throws OrtException {
    return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
  }
}
