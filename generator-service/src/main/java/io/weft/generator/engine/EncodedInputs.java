package io.weft.generator.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.onnx.OnnxSessions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The encoder graph of an encoder-decoder (docs/model-folder.md), run on one input at a time, and
 * what it made of the inputs of all slots. Owns the session and the memory.
 */
final class EncodedInputs implements CrossAttention {
  private static final Set<String> INPUTS = Set.of("input_ids", "lengths", "scatter", "gather");

  private final OrtSession session;
  private final OrtEnvironment environment;
  private final ModelManifest manifest;
  private final CacheShape shape;
  private final CrossCache cache;

  /** What a run gives, shape (tensors, heads, tokens, headSize). */
  private final NativeMemory encoded;

  private final LongBuffer ids;

  /** A lone input has neither padding nor neighbours: its tokens' places are their positions. */
  private final LongBuffer places;

  private final IntBuffer length = direct(Integer.BYTES, 1).asIntBuffer();

  private EncodedInputs(
      OrtSession session, OrtEnvironment environment, ModelManifest manifest, CacheShape shape) {
    this.session = session;
    this.environment = environment;
    this.manifest = manifest;
    this.shape = shape;
    this.cache = new CrossCache(shape, environment);
    this.encoded = NativeMemory.allocate(shape.tensors() * shape.slotBytes());
    this.ids = direct(Long.BYTES, shape.capacity()).asLongBuffer();
    this.places = direct(Long.BYTES, shape.capacity()).asLongBuffer();
    for (int i = 0; i < shape.capacity(); i++) {
      places.put(i, i);
    }
  }

  /**
   * Opens the encoder of a model folder.
   *
   * @param shape of keys and values; its capacity is the longest input
   * @throws IllegalArgumentException when it is no encoder that this version runs
   */
  static EncodedInputs open(ModelFolder folder, CacheShape shape, OnnxModelRunner.Options options) {
    OrtSession session =
        OnnxSessions.open(folder.encoderGraph(), options.threads(), options.device());
    try {
      Set<String> outputs = CrossCache.names(shape);
      outputs.add("last_hidden_state");
      if (!session.getInputNames().equals(INPUTS) || !session.getOutputNames().equals(outputs)) {
        throw new IllegalArgumentException(
            "%s is no encoder of an encoder-decoder that this version runs: inputs %s, outputs %s;"
                    .formatted(
                        folder.encoderGraph(),
                        new TreeSet<>(session.getInputNames()),
                        new TreeSet<>(session.getOutputNames()))
                + " expected %s, %s".formatted(new TreeSet<>(INPUTS), outputs));
      }
      return new EncodedInputs(session, OnnxSessions.environment(), folder.manifest(), shape);
    } catch (RuntimeException e) {
      try {
        session.close();
      } catch (OrtException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  /** Bytes that inputs take when every slot holds the longest, with one on its way. */
  static long bytes(CacheShape shape) {
    return shape.bytes() + shape.tensors() * shape.slotBytes();
  }

  @Override
  public int capacity() {
    return shape.capacity();
  }

  @Override
  public long bytes() {
    return bytes(shape);
  }

  @Override
  public void encode(int slot, Prompt input) {
    int tokens = input.length();
    for (int i = 0; i < tokens; i++) {
      ids.put(i, input.id(i));
    }
    length.put(0, tokens);
    Map<String, OnnxTensor> in = new HashMap<>();
    Map<String, OnnxTensor> out = new HashMap<>();
    try {
      in.put("input_ids", longs(ids, tokens));
      in.put("lengths", OnnxTensor.createTensor(environment, length, new long[] {1}));
      in.put("scatter", longs(places, 1, tokens));
      in.put("gather", longs(places, tokens));
      for (int tensor = 0; tensor < shape.tensors(); tensor++) {
        out.put(CrossCache.name(tensor), output(tensor, tokens));
      }
      session.run(in, Set.of(), out).close();
    } catch (OrtException e) {
      throw new WeftException.Internal(
          "model %s failed to encode %d tokens: %s".formatted(manifest.name(), tokens, e.getCode()),
          e);
    } finally {
      in.values().forEach(OnnxTensor::close);
      out.values().forEach(OnnxTensor::close);
    }
    cache.put(slot, tokens, encoded.segment());
  }

  @Override
  public Map<String, OnnxTensor> slots(int first, int count) throws OrtException {
    return cache.slots(first, count);
  }

  @Override
  public void copy(int from, int to) {
    cache.copy(from, to);
  }

  @Override
  public void free(int slot) {
    cache.free(slot);
  }

  @Override
  public void close() {
    cache.close();
    encoded.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("cannot close the encoder of " + manifest.name(), e);
    }
  }

  /** Where a run writes keys or values of a layer. */
  private OnnxTensor output(int tensor, int tokens) throws OrtException {
    long bytes = (long) shape.kvHeads() * tokens * shape.tokenBytes();
    ByteBuffer buffer =
        encoded
            .segment()
            .asSlice(tensor * bytes, bytes)
            .asByteBuffer()
            .order(ByteOrder.nativeOrder());
    return shape.tensor(environment, buffer, 1, shape.kvHeads(), tokens, shape.headSize());
  }

  private OnnxTensor longs(LongBuffer values, long... dimensions) throws OrtException {
    int size = Math.toIntExact(dimensions[dimensions.length - 1]);
    return OnnxTensor.createTensor(environment, values.slice(0, size), dimensions);
  }

  private static ByteBuffer direct(int size, int count) {
    return ByteBuffer.allocateDirect(size * count).order(ByteOrder.nativeOrder());
  }
}
