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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Runs an encoder-decoder as a service would: inputs encoded together, then steps of one row of
 * many tokens or of many rows of one token. Caches are copied in and out, which is slow and simple.
 */
final class EncoderDecoderRun implements AutoCloseable {
  private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

  /** Tokens that a request's cache holds. */
  private static final int CAPACITY = 64;

  /** Fills what a graph must not read: a finite number that no result would survive. */
  private static final float POISON = 1e4f;

  private final ModelManifest model;
  private final OrtSession encoder;
  private final OrtSession decoder;

  EncoderDecoderRun(ModelFolder folder) throws OrtException {
    model = folder.manifest();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      encoder = ENVIRONMENT.createSession(folder.encoderGraph().toString(), options);
      decoder = ENVIRONMENT.createSession(folder.decoderGraph().toString(), options);
    }
  }

  /**
   * A request after its input was encoded.
   *
   * @param states [tokens][hidden]
   * @param cross by name, [heads][tokens of the input][head size]
   * @param cache by name, [heads][capacity][head size]
   * @param tokens in the cache
   */
  record Request(
      float[][] states,
      Map<String, float[][][]> cross,
      Map<String, float[][][]> cache,
      int[] tokens) {
    int inputTokens() {
      return states.length;
    }
  }

  /** Encodes several inputs as one packed batch. */
  List<Request> encode(List<List<Integer>> inputs) throws OrtException {
    Map<String, OnnxTensor> feeds = packed(inputs);
    try (OrtSession.Result result = encoder.run(feeds)) {
      float[][] states = (float[][]) result.get("last_hidden_state").orElseThrow().getValue();
      List<Request> requests = new ArrayList<>();
      int from = 0;
      for (int row = 0; row < inputs.size(); row++) {
        int length = inputs.get(row).size();
        Map<String, float[][][]> cross = new HashMap<>();
        Map<String, float[][][]> cache = new HashMap<>();
        for (String name : caches()) {
          float[][][][] all = (float[][][][]) result.get("cross." + name).orElseThrow().getValue();
          cross.put(name, heads(all[row], length, length));
          cache.put(name, poisoned(CAPACITY));
        }
        requests.add(
            new Request(Arrays.copyOfRange(states, from, from + length), cross, cache, new int[1]));
        from += length;
      }
      return requests;
    } finally {
      feeds.values().forEach(OnnxTensor::close);
    }
  }

  private static Map<String, OnnxTensor> packed(List<List<Integer>> inputs) throws OrtException {
    int batch = inputs.size();
    int longest = inputs.stream().mapToInt(List::size).max().orElseThrow();
    int tokens = inputs.stream().mapToInt(List::size).sum();
    long[] ids = new long[tokens];
    long[] gather = new long[tokens];
    long[] scatter = new long[batch * longest];
    int[] lengths = new int[batch];
    int at = 0;
    for (int row = 0; row < batch; row++) {
      lengths[row] = inputs.get(row).size();
      for (int i = 0; i < lengths[row]; i++, at++) {
        ids[at] = inputs.get(row).get(i);
        gather[at] = (long) row * longest + i;
        scatter[row * longest + i] = at;
      }
    }
    return Map.of(
        "input_ids", longs(ids, tokens),
        "lengths", ints(lengths, batch),
        "scatter", longs(scatter, batch, longest),
        "gather", longs(gather, tokens));
  }

  /** One row of many tokens; logits of each, [tokens][vocabulary]. */
  float[][] step(Request request, List<Integer> ids) throws OrtException {
    return step(List.of(request), ids);
  }

  /**
   * One row of many tokens, or one token for each of many rows.
   *
   * @return logits of each, [tokens][vocabulary]
   */
  float[][] step(List<Request> rows, List<Integer> ids) throws OrtException {
    int batch = rows.size();
    int sequence = ids.size() / batch;
    rows.forEach(row -> row.tokens[0] += sequence);
    int longest = rows.stream().mapToInt(row -> row.tokens[0]).max().orElseThrow();
    // More room than the longest input needs, as a cache of fixed size has.
    int room = 3 + rows.stream().mapToInt(Request::inputTokens).max().orElseThrow();
    Map<String, OnnxTensor> feeds = new HashMap<>();
    try {
      feeds.put("input_ids", longs(ids.stream().mapToLong(i -> i).toArray(), batch, sequence));
      feeds.put(
          "seqlens_k", ints(rows.stream().mapToInt(row -> row.tokens[0] - 1).toArray(), batch));
      feeds.put("total_sequence_length", ints(new int[] {longest}));
      feeds.put("logits_index", longs(LongStream.range(0, ids.size()).toArray(), ids.size()));
      feeds.put(
          "encoder_lengths", ints(rows.stream().mapToInt(Request::inputTokens).toArray(), batch));
      for (String name : caches()) {
        feeds.put(
            "past." + name,
            cache(rows.stream().map(row -> row.cache.get(name)).toList(), CAPACITY));
        feeds.put(
            "cross." + name, cache(rows.stream().map(row -> row.cross.get(name)).toList(), room));
      }
      try (OrtSession.Result result = decoder.run(feeds)) {
        for (String name : caches()) {
          float[][][][] present =
              (float[][][][]) result.get("present." + name).orElseThrow().getValue();
          for (int row = 0; row < batch; row++) {
            Request request = rows.get(row);
            request.cache.put(name, heads(present[row], request.tokens[0], CAPACITY));
          }
        }
        return (float[][]) result.get("logits").orElseThrow().getValue();
      }
    } finally {
      feeds.values().forEach(OnnxTensor::close);
    }
  }

  private List<String> caches() {
    List<String> names = new ArrayList<>();
    for (int layer = 0; layer < model.layers(); layer++) {
      names.add(layer + ".key");
      names.add(layer + ".value");
    }
    return names;
  }

  /** The first {@code tokens} of each head, poison behind them. */
  private float[][][] heads(float[][][] values, int tokens, int capacity) {
    float[][][] heads = poisoned(capacity);
    for (int head = 0; head < heads.length; head++) {
      System.arraycopy(values[head], 0, heads[head], 0, tokens);
    }
    return heads;
  }

  private float[][][] poisoned(int capacity) {
    float[][][] heads = new float[model.kvHeads()][capacity][model.headSize()];
    for (float[][] head : heads) {
      for (float[] vector : head) {
        Arrays.fill(vector, POISON);
      }
    }
    return heads;
  }

  /** [rows, heads, capacity, head size], poison where a row is shorter. */
  private OnnxTensor cache(List<float[][][]> rows, int capacity) throws OrtException {
    FloatBuffer values =
        FloatBuffer.allocate(rows.size() * model.kvHeads() * capacity * model.headSize());
    for (float[][][] row : rows) {
      for (float[][] head : row) {
        for (int token = 0; token < capacity; token++) {
          if (token < head.length) {
            values.put(head[token]);
          } else {
            float[] filler = new float[model.headSize()];
            Arrays.fill(filler, POISON);
            values.put(filler);
          }
        }
      }
    }
    long[] shape = {rows.size(), model.kvHeads(), capacity, model.headSize()};
    return OnnxTensor.createTensor(ENVIRONMENT, values.flip(), shape);
  }

  private static OnnxTensor longs(long[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(ENVIRONMENT, LongBuffer.wrap(values), shape);
  }

  private static OnnxTensor ints(int[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(ENVIRONMENT, IntBuffer.wrap(values), shape);
  }

  @Override
  public void close() throws OrtException {
    encoder.close();
    decoder.close();
  }
}
