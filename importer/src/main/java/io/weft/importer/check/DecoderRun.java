package io.weft.importer.check;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.NoPart;
import io.weft.runtime.onnx.OnnxSessions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Runs one sequence through a decoder graph (docs/model-folder.md) in chunks; the caller owns the
 * session and the extra inputs.
 */
public final class DecoderRun implements AutoCloseable {
  private final OrtSession session;
  private final int capacity;

  /** By {@code N.key} and {@code N.value}; past and present are the same memory. */
  private final Map<String, OnnxTensor> cache = new HashMap<>();

  /** Inputs of a part of a prompt beside the sequence: there is none. */
  private final Map<String, OnnxTensor> noPart;

  /** Tokens so far. */
  private int length;

  /**
   * @param capacity most tokens of the sequence
   */
  public DecoderRun(OrtSession session, ModelManifest model, int capacity) throws OrtException {
    this.session = session;
    this.capacity = capacity;
    long[] shape = {1, model.kvHeads(), capacity, model.headSize()};
    NodeInfo first = session.getInputInfo().get("past.0.key");
    if (first == null || !(first.getInfo() instanceof TensorInfo past)) {
      throw new IllegalArgumentException("the graph has no cache past.0.key");
    }
    int bytes =
        Math.toIntExact((long) model.kvHeads() * capacity * model.headSize() * past.type.size);
    for (int layer = 0; layer < model.layers(); layer++) {
      for (String kind : List.of("key", "value")) {
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        cache.put(
            layer + "." + kind,
            OnnxTensor.createTensor(OnnxSessions.environment(), memory, shape, past.type));
      }
    }
    this.noPart = NoPart.inputs(session);
  }

  /** Names of the caches, {@code N.key} and {@code N.value}. */
  Set<String> caches() {
    return cache.keySet();
  }

  /** What a cache of floats holds now, shape (kv heads, capacity, head size). */
  float[] cache(String name) {
    return Tensors.floats(Objects.requireNonNull(cache.get(name)));
  }

  /** Forgets all tokens. */
  public void restart() {
    length = 0;
  }

  /**
   * Appends tokens to the sequence and gives outputs by name, as flat floats.
   *
   * @param positions which of the new tokens' logits are wanted, at least one
   * @param extra inputs beside the usual ones
   * @param outputs which are wanted beside the caches
   */
  public Values run(
      long[] ids, long[] positions, Map<String, OnnxTensor> extra, Set<String> outputs)
      throws OrtException {
    Map<String, float[]> values = new HashMap<>();
    run(
        ids,
        positions,
        extra,
        outputs,
        result -> {
          for (String output : outputs) {
            values.put(output, Tensors.floats((OnnxTensor) result.get(output).orElseThrow()));
          }
        });
    return new Values(values);
  }

  /** The same, with the result handed over before it is closed. */
  public void run(
      long[] ids,
      long[] positions,
      Map<String, OnnxTensor> extra,
      Set<String> outputs,
      ResultSink sink)
      throws OrtException {
    if (length + ids.length > capacity) {
      throw new IllegalArgumentException("more than %d tokens".formatted(capacity));
    }
    length += ids.length;
    Map<String, OnnxTensor> own = new HashMap<>();
    own.put("input_ids", Tensors.longs(ids, 1, ids.length));
    own.put("seqlens_k", Tensors.ints(new int[] {length - 1}, 1));
    own.put("total_sequence_length", Tensors.ints(new int[] {length}));
    own.put("logits_index", Tensors.longs(positions, positions.length));
    Map<String, OnnxTensor> inputs = new HashMap<>(own);
    inputs.putAll(noPart);
    inputs.putAll(extra);
    Map<String, OnnxTensor> pinned = new HashMap<>();
    cache.forEach(
        (name, tensor) -> {
          inputs.put("past." + name, tensor);
          pinned.put("present." + name, tensor);
        });
    try (OrtSession.Result result = session.run(inputs, outputs, pinned)) {
      sink.accept(result);
    } finally {
      own.values().forEach(OnnxTensor::close);
    }
  }

  /** Takes what a run gave. */
  @FunctionalInterface
  public interface ResultSink {
    void accept(OrtSession.Result result) throws OrtException;
  }

  @Override
  public void close() {
    cache.values().forEach(OnnxTensor::close);
    noPart.values().forEach(OnnxTensor::close);
  }
}
