package io.weft.runtime.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.onnx.QuantizedKernel.Operator;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Map;

/**
 * Compares what ONNX Runtime computes on this machine with a product in plain Java.
 *
 * <p>The tolerance of an output is what rounding may cost. In 32-bit floats: 1e-5 of the sum of
 * magnitudes. With activations rounded to 8 bits in steps s, the rounding errors of an output are
 * independent and uniform, so their sum has the standard deviation s/sqrt(12) * |w|, of which 8 are
 * allowed; s is taken from the largest input, whatever part of them shares a step. In a row of
 * equal inputs all errors are the same, s/2 at most, and they add up.
 */
final class KernelProof {
  private static final double FLOAT_ERROR = 1e-5;
  private static final double DEVIATIONS = 8;

  /** Runs: first row and count. One row alone has kernels of its own. */
  private static final int[][] RUNS = {
    {0, 1}, {KernelSample.CONSTANT_ROW, 1}, {0, 5}, {0, KernelSample.ROWS}
  };

  private final KernelSample sample;
  private final float[] expected;

  /** [2, n]: of the rows of random inputs, then of the row of equal ones. */
  private final float[] tolerances;

  /**
   * @param reference what is right
   */
  KernelProof(KernelSample sample, Reference reference) {
    this.sample = sample;
    this.expected = reference.compute(sample);
    this.tolerances = tolerances(sample);
  }

  /** What a kernel has to give: [ROWS, n] products, or [ROWS, k] looked-up rows. */
  @FunctionalInterface
  interface Reference {
    float[] compute(KernelSample sample);
  }

  /** The products in double precision, or the rows themselves. */
  static float[] exact(KernelSample sample) {
    QuantizedKernel kernel = sample.kernel();
    float[] weights = sample.weights();
    if (kernel.operator() == Operator.GATHER_BLOCK_QUANTIZED) {
      float[] rows = new float[KernelSample.ROWS * kernel.k()];
      for (int row = 0; row < KernelSample.ROWS; row++) {
        System.arraycopy(
            weights, row % kernel.n() * kernel.k(), rows, row * kernel.k(), kernel.k());
      }
      return rows;
    }
    float[] products = new float[KernelSample.ROWS * kernel.n()];
    for (int row = 0; row < KernelSample.ROWS; row++) {
      for (int i = 0; i < kernel.n(); i++) {
        double sum = 0;
        for (int j = 0; j < kernel.k(); j++) {
          sum += (double) sample.inputs()[row * kernel.k() + j] * weights[i * kernel.k() + j];
        }
        products[row * kernel.n() + i] = (float) sum;
      }
    }
    return products;
  }

  private static float[] tolerances(KernelSample sample) {
    QuantizedKernel kernel = sample.kernel();
    float largest = 0;
    for (float input : sample.inputs()) {
      largest = Math.max(largest, Math.abs(input));
    }
    float[] weights = sample.weights();
    float[] tolerances = new float[2 * kernel.n()];
    for (int i = 0; i < kernel.n(); i++) {
      double squares = 0;
      double magnitudes = 0;
      for (int j = 0; j < kernel.k(); j++) {
        double weight = weights[i * kernel.k() + j];
        squares += weight * weight;
        magnitudes += Math.abs(weight) * largest;
      }
      double step = kernel.roundsActivations() ? 2 * largest / 254 : 0;
      double random = DEVIATIONS * step / Math.sqrt(12) * Math.sqrt(squares);
      double equal = step / 2 * magnitudes / largest;
      tolerances[i] = (float) (FLOAT_ERROR * magnitudes + random);
      tolerances[kernel.n() + i] = (float) (FLOAT_ERROR * magnitudes + random + equal);
    }
    return tolerances;
  }

  /**
   * Runs a graph from {@code x} to {@code y} and returns the largest error, in tolerances: up to 1
   * is right, infinite where the graph does not run or gives no number.
   */
  double error(GraphProto graph) {
    try (OrtSession.SessionOptions options = OnnxSessions.options(1)) {
      GraphPatch.foldConstants(options);
      OrtEnvironment environment = OnnxSessions.environment();
      try (OrtSession session = environment.createSession(model(graph).toByteArray(), options)) {
        double worst = 0;
        for (int[] run : RUNS) {
          worst = Math.max(worst, error(session, run[0], run[1]));
        }
        return worst;
      }
    } catch (OrtException e) {
      return Double.POSITIVE_INFINITY;
    }
  }

  private double error(OrtSession session, int first, int rows) throws OrtException {
    try (OnnxTensor x = input(first, rows);
        OrtSession.Result result = session.run(Map.of("x", x))) {
      int width = expected.length / KernelSample.ROWS;
      FloatBuffer found = ((OnnxTensor) result.get(0)).getFloatBuffer();
      if (found.remaining() != rows * width) {
        return Double.POSITIVE_INFINITY;
      }
      double worst = 0;
      for (int i = 0; i < rows * width; i++) {
        float right = expected[first * width + i];
        double error = Math.abs(found.get(i) - right) / tolerance(first, i, width);
        worst = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(worst, error);
      }
      return worst;
    }
  }

  private double tolerance(int first, int index, int width) {
    boolean gathers = sample.kernel().operator() == Operator.GATHER_BLOCK_QUANTIZED;
    if (gathers) {
      return FLOAT_ERROR * (1 + Math.abs(expected[first * width + index]));
    }
    boolean equal = first + index / width == KernelSample.CONSTANT_ROW;
    return tolerances[(equal ? width : 0) + index % width];
  }

  private OnnxTensor input(int first, int rows) throws OrtException {
    OrtEnvironment environment = OnnxSessions.environment();
    QuantizedKernel kernel = sample.kernel();
    if (kernel.operator() == Operator.GATHER_BLOCK_QUANTIZED) {
      long[] ids = new long[rows];
      for (int i = 0; i < rows; i++) {
        ids[i] = (long) (first + i) % kernel.n();
      }
      return OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), new long[] {rows});
    }
    FloatBuffer values =
        FloatBuffer.wrap(sample.inputs(), first * kernel.k(), rows * kernel.k()).slice();
    return OnnxTensor.createTensor(environment, values, new long[] {rows, kernel.k()});
  }

  private static ModelProto model(GraphProto graph) {
    return ModelProto.newBuilder()
        .setIrVersion(10)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(21))
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("com.microsoft").setVersion(1))
        .setGraph(graph)
        .build();
  }
}
