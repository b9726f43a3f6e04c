package io.weft.generator.engine;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.weft.runtime.model.ModelManifest;
import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * The size of a key/value cache: two tensors a layer, each of shape (slots, kvHeads, capacity,
 * headSize).
 *
 * @param capacity tokens that a slot has room for
 * @param type of keys and values: {@link OnnxJavaType#FLOAT}, {@link OnnxJavaType#FLOAT16} or
 *     {@link OnnxJavaType#INT8}
 */
record CacheShape(
    int layers, int slots, int kvHeads, int capacity, int headSize, OnnxJavaType type) {
  /** ONNX Runtime's Java tensors are byte buffers, whose sizes are ints. */
  private static final long LARGEST_TENSOR = Integer.MAX_VALUE;

  /** The cache of a model. */
  static CacheShape of(ModelManifest manifest, int slots, int capacity, OnnxJavaType type) {
    return new CacheShape(
        manifest.layers(), slots, manifest.kvHeads(), capacity, manifest.headSize(), type);
  }

  /** Bytes of one head of one slot in one tensor. */
  long headBytes() {
    return (long) capacity * tokenBytes();
  }

  /** Bytes of one token of one head in one tensor. */
  long tokenBytes() {
    return (long) headSize * type.size;
  }

  /** Bytes of one slot in one tensor. */
  long slotBytes() {
    return kvHeads * headBytes();
  }

  long tensorBytes() {
    return slots * slotBytes();
  }

  int tensors() {
    return 2 * layers;
  }

  /** Bytes of all keys and values of one token. */
  long allBytesOfToken() {
    return (long) tensors() * kvHeads * tokenBytes();
  }

  /** Bytes of the whole cache when every slot is full. */
  long bytes() {
    return tensors() * tensorBytes();
  }

  /**
   * A tensor of keys or values over memory.
   *
   * @param buffer direct, of native order
   */
  OnnxTensor tensor(OrtEnvironment environment, ByteBuffer buffer, long... dimensions)
      throws OrtException {
    return switch (type) {
      case FLOAT -> OnnxTensor.createTensor(environment, buffer.asFloatBuffer(), dimensions);
      case FLOAT16 ->
          OnnxTensor.createTensor(environment, buffer.asShortBuffer(), dimensions, type);
      default -> OnnxTensor.createTensor(environment, buffer, dimensions, type);
    };
  }

  /**
   * Checks that the cache can be had.
   *
   * @param inputBytes what inputs of encoders take beside it
   * @param maxBytes the configured bound
   * @throws IllegalArgumentException when it is too large
   */
  void check(long inputBytes, long maxBytes) {
    long bytes = bytes() + inputBytes;
    if (bytes > maxBytes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d slots of %,d tokens%s need up to %,d bytes of key/value memory > %,d: lower"
                  + " weft.generator.slots or weft.generator.context-length, or raise"
                  + " weft.generator.max-cache-bytes",
              slots,
              capacity,
              inputBytes > 0 ? " and as long inputs" : "",
              bytes,
              maxBytes));
    }
    if (tensorBytes() > LARGEST_TENSOR) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d slots of %,d tokens make tensors of %,d bytes > %,d: lower weft.generator.slots or"
                  + " weft.generator.context-length",
              slots,
              capacity,
              tensorBytes(),
              LARGEST_TENSOR));
    }
  }
}
