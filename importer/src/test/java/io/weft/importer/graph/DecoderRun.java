package io.weft.importer.graph;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.NoPart;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Runs a decoder graph the way the generator does: each prompt alone, in chunks, into its own row
 * of the key/value cache, then one token of every row at a time. Past and present are the same
 * memory; what no token was written to holds NaN, so that a graph which reads it cannot pass.
 */
final class DecoderRun implements AutoCloseable {
  private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

  private final OrtSession session;
  private final ModelManifest model;
  private final int capacity;
  private final int elementBytes;
  private final OnnxJavaType elementType;

  /** [rows, kv_heads, capacity, head_size] by {@code N.key} and {@code N.value}. */
  private final Map<String, ByteBuffer> cache = new HashMap<>();

  /** Tokens that each row holds. */
  private final int[] lengths;

  private DecoderRun(OrtSession session, ModelManifest model, int rows, int capacity)
      throws OrtException {
    this.session = session;
    this.model = model;
    this.capacity = capacity;
    this.lengths = new int[rows];
    this.elementType = ((TensorInfo) session.getInputInfo().get("past.0.key").getInfo()).type;
    this.elementBytes = elementType.size;
    for (int layer = 0; layer < model.layers(); layer++) {
      for (String kind : List.of("key", "value")) {
        ByteBuffer memory = ByteBuffer.allocateDirect(rows * rowBytes());
        while (memory.hasRemaining()) {
          memory.put((byte) 0xFF);
        }
        cache.put(layer + "." + kind, memory);
      }
    }
  }

  /** Opens the graph of a decoder with room for {@code rows} sequences of {@code capacity}. */
  static DecoderRun open(ModelFolder folder, int rows, int capacity) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      OrtSession session = ENVIRONMENT.createSession(folder.graph().toString(), options);
      return new DecoderRun(session, folder.manifest(), rows, capacity);
    }
  }

  /**
   * Forgets what {@code row} holds, runs {@code ids} through it and returns the logits at every
   * position, [tokens][vocabulary].
   *
   * @param chunk most tokens in one run
   */
  float[][] prefill(int row, List<Integer> ids, int chunk) throws OrtException {
    lengths[row] = 0;
    float[][] logits = new float[ids.size()][];
    for (int from = 0; from < ids.size(); from += chunk) {
      List<Integer> part = ids.subList(from, Math.min(ids.size(), from + chunk));
      float[][] some = run(row, 1, part);
      System.arraycopy(some, 0, logits, from, some.length);
    }
    return logits;
  }

  /** Appends one token to every row, in one run; logits are [rows][vocabulary]. */
  float[][] decode(List<Integer> tokens) throws OrtException {
    return run(0, lengths.length, tokens);
  }

  /**
   * Appends one token to each of the first rows, and in the same run a part of a prompt to another
   * row; logits of all tokens, those of the part last, [tokens][vocabulary].
   */
  float[][] decodeBeside(List<Integer> tokens, int row, List<Integer> part) throws OrtException {
    int rows = tokens.size();
    lengths[row] += part.size();
    Map<String, OnnxTensor> inputs = new HashMap<>();
    Map<String, OnnxTensor> outputs = new HashMap<>();
    inputs.put("part_ids", longs(part.stream().mapToLong(i -> i), part.size()));
    inputs.put("part_seqlens_k", ints(new int[] {lengths[row] - 1}, 1));
    inputs.put("part_total_sequence_length", ints(new int[] {lengths[row]}));
    for (String name : cache.keySet()) {
      OnnxTensor view = view(cache.get(name), row, 1);
      inputs.put("part_past." + name, view);
      outputs.put("part_present." + name, view);
    }
    return run(0, rows, tokens, part.size(), inputs, outputs);
  }

  /**
   * The {@code count} tokens that follow each prompt greedily: prompts are prefilled one by one,
   * then decoded together. There are as many prompts as rows.
   */
  List<List<Integer>> greedy(List<List<Integer>> prompts, int chunk, int count)
      throws OrtException {
    List<List<Integer>> answers = new ArrayList<>();
    for (int row = 0; row < prompts.size(); row++) {
      float[][] logits = prefill(row, prompts.get(row), chunk);
      answers.add(new ArrayList<>(List.of(best(logits[logits.length - 1]))));
    }
    while (answers.getFirst().size() < count) {
      float[][] logits = decode(answers.stream().map(List::getLast).toList());
      for (int row = 0; row < logits.length; row++) {
        answers.get(row).add(best(logits[row]));
      }
    }
    return answers;
  }

  static int best(float[] logits) {
    return IntStream.range(0, logits.length)
        .reduce((a, b) -> logits[b] > logits[a] ? b : a)
        .orElseThrow();
  }

  /** Runs {@code ids}, [count, ids / count], through rows {@code first} and following. */
  private float[][] run(int first, int count, List<Integer> ids) throws OrtException {
    return run(first, count, ids, 0, NoPart.inputs(session), new HashMap<>());
  }

  /**
   * The same with what a part beside the rows adds.
   *
   * @param part tokens of the part
   */
  private float[][] run(
      int first,
      int count,
      List<Integer> ids,
      int part,
      Map<String, OnnxTensor> inputs,
      Map<String, OnnxTensor> outputs)
      throws OrtException {
    int sequence = ids.size() / count;
    int[] last = new int[count];
    for (int i = 0; i < count; i++) {
      lengths[first + i] += sequence;
      last[i] = lengths[first + i] - 1;
    }
    int[] longest = {Arrays.stream(last).max().orElseThrow() + 1};
    inputs.put("input_ids", longs(ids.stream().mapToLong(i -> i), count, sequence));
    inputs.put("seqlens_k", ints(last, count));
    inputs.put("total_sequence_length", ints(longest));
    int all = ids.size() + part;
    inputs.put("logits_index", longs(IntStream.range(0, all).asLongStream(), all));
    for (String name : cache.keySet()) {
      OnnxTensor view = view(cache.get(name), first, count);
      inputs.put("past." + name, view);
      outputs.put("present." + name, view);
    }
    try (OrtSession.Result result = session.run(inputs, Set.of("logits"), outputs)) {
      return (float[][]) result.get("logits").orElseThrow().getValue();
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor view(ByteBuffer memory, int first, int count) throws OrtException {
    ByteBuffer rows =
        memory.slice(first * rowBytes(), count * rowBytes()).order(ByteOrder.nativeOrder());
    long[] shape = {count, model.kvHeads(), capacity, model.headSize()};
    return OnnxTensor.createTensor(ENVIRONMENT, rows, shape, elementType);
  }

  private int rowBytes() {
    return model.kvHeads() * capacity * model.headSize() * elementBytes;
  }

  private static OnnxTensor longs(java.util.stream.LongStream values, long... shape)
      throws OrtException {
    return OnnxTensor.createTensor(ENVIRONMENT, LongBuffer.wrap(values.toArray()), shape);
  }

  private static OnnxTensor ints(int[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(ENVIRONMENT, IntBuffer.wrap(values), shape);
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
