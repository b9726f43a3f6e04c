package io.weft.runtime.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What a decoder graph (docs/model-folder.md) takes in a step that has no part of a prompt beside
 * its rows.
 */
public final class NoPart {
  private static final String PREFIX = "part_";

  private NoPart() {}

  /**
   * Empty tensors by the names of the graph's inputs, which the caller owns; none when the graph
   * takes no parts.
   */
  public static Map<String, OnnxTensor> inputs(OrtSession session) throws OrtException {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    for (var input : session.getInputInfo().entrySet()) {
      if (input.getKey().startsWith(PREFIX)
          && input.getValue().getInfo() instanceof TensorInfo tensor) {
        inputs.put(input.getKey(), empty(tensor));
      }
    }
    return inputs;
  }

  /** A size that the caller chooses is 0, so that there is nothing to read. */
  private static OnnxTensor empty(TensorInfo tensor) throws OrtException {
    long[] shape = Arrays.stream(tensor.getShape()).map(size -> Math.max(0, size)).toArray();
    long count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    OrtEnvironment environment = OnnxSessions.environment();
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.toIntExact(count * tensor.type.size))
            .order(ByteOrder.nativeOrder());
    return tensor.type == OnnxJavaType.INT64
        ? OnnxTensor.createTensor(environment, bytes.asLongBuffer(), shape)
        : OnnxTensor.createTensor(environment, bytes, shape, tensor.type);
  }
}
