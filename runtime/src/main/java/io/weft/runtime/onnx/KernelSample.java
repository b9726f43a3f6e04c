package io.weft.runtime.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.weft.runtime.onnx.QuantizedKernel.Operator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;

/**
 * Seeded random weights and inputs for one kernel, the graph of one node that computes with them,
 * and the weights as plain floats.
 *
 * <p>Most weights and inputs are random; one row of weights is all largest codes, another all
 * smallest, and one row of inputs is constant, so that sums become as large as they can and a
 * kernel that adds in too few bits shows.
 */
final class KernelSample {
  /** Rows of inputs: one more than two tiles of 4. */
  static final int ROWS = 9;

  /** The row of inputs that is constant. */
  static final int CONSTANT_ROW = 1;

  private final QuantizedKernel kernel;
  private final int[] codes;
  private final float[] scales;
  private final int[] zeros;
  private final float[] inputs;

  KernelSample(QuantizedKernel kernel) {
    this.kernel = kernel;
    Random random = new Random(20_260_101);
    int columns = kernel.blocks() * kernel.blockSize();
    int top = kernel.pairRange() ? 192 : (1 << kernel.bits()) - 1;
    int bottom = kernel.pairRange() ? 64 : 0;
    this.codes = new int[kernel.n() * columns];
    for (int row = 0; row < kernel.n(); row++) {
      for (int i = 0; i < columns; i++) {
        int code =
            kernel.pairRange()
                ? inPair(random, i % 2 == 0 ? 128 : codes[row * columns + i - 1])
                : random.nextInt(top + 1);
        codes[row * columns + i] = row == 0 ? top : row == 1 ? bottom : code;
      }
    }
    this.scales = new float[kernel.n() * kernel.blocks()];
    this.zeros = new int[scales.length];
    int middle = 1 << (kernel.bits() - 1);
    for (int i = 0; i < scales.length; i++) {
      scales[i] = 0.01f + 0.02f * random.nextFloat();
      // Signed bytes have no zero points but 0 in the kernels that matter.
      boolean moves = kernel.zeroPoints() && !kernel.signed();
      boolean none = inBytes(kernel.operator()) && !kernel.signed();
      zeros[i] = moves ? middle / 2 + random.nextInt(middle) : none ? 0 : middle;
    }
    this.inputs = new float[ROWS * kernel.k()];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = i / kernel.k() == CONSTANT_ROW ? 2.5f : (float) random.nextGaussian();
    }
  }

  /** A code of a signed byte that with its neighbour keeps the promised range. */
  private static int inPair(Random random, int neighbour) {
    int lowest = Math.max(1, 128 - neighbour);
    int highest = Math.min(255, 384 - neighbour);
    return lowest + random.nextInt(highest - lowest + 1);
  }

  /** Whether weights are a matrix of bytes, with a scale for each output. */
  private static boolean inBytes(Operator operator) {
    return operator == Operator.DYNAMIC_QUANTIZE_MATMUL
        || operator == Operator.MATMUL_INTEGER_TO_FLOAT;
  }

  /** Whether the operator takes inputs that are rounded already. */
  private boolean takesCodes() {
    return kernel.operator() == Operator.MATMUL_INTEGER_TO_FLOAT;
  }

  QuantizedKernel kernel() {
    return kernel;
  }

  /** [ROWS, k] */
  float[] inputs() {
    return inputs;
  }

  /** The weights as floats, [n, k]. */
  float[] weights() {
    int columns = kernel.blocks() * kernel.blockSize();
    float[] weights = new float[kernel.n() * kernel.k()];
    for (int row = 0; row < kernel.n(); row++) {
      for (int i = 0; i < kernel.k(); i++) {
        int block = row * kernel.blocks() + i / kernel.blockSize();
        weights[row * kernel.k() + i] = scales[block] * (codes[row * columns + i] - zeros[block]);
      }
    }
    return weights;
  }

  /** A graph of one node from {@code x}, inputs or row numbers, to {@code y}. */
  GraphProto graph() {
    Operator operator = kernel.operator();
    boolean gathers = operator == Operator.GATHER_BLOCK_QUANTIZED;
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setOpType(operator.type)
            .setDomain("com.microsoft")
            .setName("y")
            .addAllInput(inputs(operator))
            .addOutput("y");
    if (kernel.zeroPoints()) {
      node.addInput("zero_points");
    }
    if (kernel.pairRange()) {
      node.setDocString(QuantizedKernel.PAIR_RANGE);
    }
    switch (operator) {
      case MATMUL_NBITS ->
          node.addAttribute(number("K", kernel.k()))
              .addAttribute(number("N", kernel.n()))
              .addAttribute(number("bits", kernel.bits()))
              .addAttribute(number("block_size", kernel.blockSize()))
              .addAttribute(number("accuracy_level", kernel.accuracyLevel()));
      case GATHER_BLOCK_QUANTIZED ->
          node.addAttribute(number("bits", kernel.bits()))
              .addAttribute(number("block_size", kernel.blockSize()))
              .addAttribute(number("gather_axis", 0))
              .addAttribute(number("quantize_axis", 1));
      case DYNAMIC_QUANTIZE_MATMUL, MATMUL_INTEGER_TO_FLOAT -> {}
    }
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("proof")
            .addAllNode(takesCodes() ? List.of(rounding(), node.build()) : List.of(node.build()))
            .addInput(value("x", gathers ? TensorProto.DataType.INT64 : TensorProto.DataType.FLOAT))
            .addOutput(value("y", TensorProto.DataType.FLOAT));
    addTensors(graph);
    return graph.build();
  }

  private static List<String> inputs(Operator operator) {
    return switch (operator) {
      case MATMUL_NBITS, DYNAMIC_QUANTIZE_MATMUL -> List.of("x", "weights", "scales");
      case GATHER_BLOCK_QUANTIZED -> List.of("weights", "x", "scales");
      case MATMUL_INTEGER_TO_FLOAT -> List.of("codes", "weights", "step", "scales", "middle");
    };
  }

  /** What rounds the inputs where the operator itself does not. */
  private static NodeProto rounding() {
    return NodeProto.newBuilder()
        .setOpType("QuantizeLinear")
        .setName("codes")
        .addAllInput(List.of("x", "step", "middle"))
        .addOutput("codes")
        .build();
  }

  /** The step of the rounded inputs. */
  private byte[] step() {
    float largest = 0;
    for (float input : inputs) {
      largest = Math.max(largest, Math.abs(input));
    }
    return ByteBuffer.allocate(Float.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(0, largest / 127)
        .array();
  }

  private void addTensors(GraphProto.Builder graph) {
    int n = kernel.n();
    int blocks = kernel.blocks();
    int rowBytes = blocks * kernel.blockSize() * kernel.bits() / 8;
    int zeroBytes = (blocks * kernel.bits() + 7) / 8;
    TensorProto.DataType bytes = TensorProto.DataType.UINT8;
    switch (kernel.operator()) {
      case MATMUL_NBITS -> {
        graph.addInitializer(
            tensor("weights", bytes, packed(codes, rowBytes), n, blocks, rowBytes / blocks));
        graph.addInitializer(tensor("scales", TensorProto.DataType.FLOAT, floats(), n, blocks));
        graph.addInitializer(tensor("zero_points", bytes, packed(zeros, zeroBytes), n, zeroBytes));
      }
      case GATHER_BLOCK_QUANTIZED -> {
        graph.addInitializer(tensor("weights", bytes, packed(codes, rowBytes), n, rowBytes));
        graph.addInitializer(tensor("scales", TensorProto.DataType.FLOAT, floats(), n, blocks));
        graph.addInitializer(tensor("zero_points", bytes, packed(zeros, zeroBytes), n, zeroBytes));
      }
      case DYNAMIC_QUANTIZE_MATMUL, MATMUL_INTEGER_TO_FLOAT -> {
        TensorProto.DataType type = kernel.signed() ? TensorProto.DataType.INT8 : bytes;
        graph.addInitializer(tensor("weights", type, transposed(), kernel.k(), n));
        if (takesCodes()) {
          graph.addInitializer(tensor("step", TensorProto.DataType.FLOAT, step()));
          graph.addInitializer(tensor("middle", bytes, new byte[] {(byte) 128}));
        }
        graph.addInitializer(tensor("scales", TensorProto.DataType.FLOAT, floats(), n));
        graph.addInitializer(tensor("zero_points", type, moved(zeros), n));
      }
    }
    if (!kernel.zeroPoints()) {
      graph.removeInitializer(graph.getInitializerCount() - 1);
    }
  }

  /** Rows of codes, each packed on its own, low bits first. */
  private byte[] packed(int[] values, int rowBytes) {
    int width = values.length / kernel.n();
    byte[] bytes = new byte[kernel.n() * rowBytes];
    for (int row = 0; row < kernel.n(); row++) {
      for (int i = 0; i < width; i++) {
        int bit = i * kernel.bits();
        bytes[row * rowBytes + bit / 8] |= (byte) (values[row * width + i] << bit % 8);
      }
    }
    return bytes;
  }

  private byte[] transposed() {
    int[] columns = new int[codes.length];
    for (int row = 0; row < kernel.n(); row++) {
      for (int i = 0; i < kernel.k(); i++) {
        columns[i * kernel.n() + row] = codes[row * kernel.k() + i];
      }
    }
    return moved(columns);
  }

  private byte[] moved(int[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (kernel.signed() ? values[i] - 128 : values[i]);
    }
    return bytes;
  }

  private byte[] floats() {
    ByteBuffer bytes =
        ByteBuffer.allocate(scales.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(scales);
    return bytes.array();
  }

  private static TensorProto tensor(
      String name, TensorProto.DataType type, byte[] content, long... dimensions) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(ByteString.copyFrom(content));
    for (long dimension : dimensions) {
      tensor.addDims(dimension);
    }
    return tensor.build();
  }

  private static ValueInfoProto value(String name, TensorProto.DataType type) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type.getNumber())))
        .build();
  }

  private static AttributeProto number(String name, int value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }
}
