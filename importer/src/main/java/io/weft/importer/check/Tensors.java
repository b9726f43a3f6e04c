package io.weft.importer.check;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.weft.runtime.onnx.OnnxSessions;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.stream.LongStream;

/** Makes the tensors that graphs take. */
final class Tensors {
  private Tensors() {}

  static OnnxTensor longs(long[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(OnnxSessions.environment(), LongBuffer.wrap(values), shape);
  }

  static OnnxTensor ints(int[] values, long... shape) throws OrtException {
    return OnnxTensor.createTensor(OnnxSessions.environment(), IntBuffer.wrap(values), shape);
  }

  /** 0 to {@code end - 1}. */
  static long[] range(int end) {
    return LongStream.range(0, end).toArray();
  }

  static float[] floats(OnnxTensor tensor) {
    FloatBuffer buffer = tensor.getFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }
}
