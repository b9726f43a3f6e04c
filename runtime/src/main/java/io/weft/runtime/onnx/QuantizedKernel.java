package io.weft.runtime.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A computation with quantised weights, as far as it decides which of ONNX Runtime's kernels runs:
 * nodes with an equal kernel are right or wrong together. Weights are a matrix of N rows and K
 * columns; K is the dimension summed over.
 *
 * @param k columns
 * @param n rows, fewer than the graph's where that has many: the kernels work in tiles of rows, and
 *     the rest after the last whole tile is kept
 * @param bits of a weight: 4 or 8
 * @param blockSize weights along a row that share a scale
 * @param zeroPoints whether blocks have a zero point of their own
 * @param accuracyLevel of {@code MatMulNBits}: 4 rounds activations to 8 bits, 0 and 1 compute in
 *     32-bit floats
 * @param signed whether weights are signed bytes; not with weights in blocks
 * @param pairRange whether the graph promises {@link #PAIR_RANGE} of signed weights
 */
record QuantizedKernel(
    Operator operator,
    int k,
    int n,
    int bits,
    int blockSize,
    boolean zeroPoints,
    int accuracyLevel,
    boolean signed,
    boolean pairRange) {
  /**
   * What the importer writes as the documentation of a node with weights in signed bytes whose
   * neighbours along K add up to no more than this. Processors with AVX2 but without VNNI add pairs
   * of products in 16 bits, and only then they fit.
   */
  static final String PAIR_RANGE = "each two neighbouring weights add up to within [-128, 128]";

  /** Rows of a tile are a power of two up to this. */
  private static final int TILE = 32;

  private static final int LARGEST = 1 << 20;

  /** The operators with quantised weights that are known. */
  enum Operator {
    MATMUL_NBITS("MatMulNBits", 1, 2, 3),
    GATHER_BLOCK_QUANTIZED("GatherBlockQuantized", 0, 2, 3),
    DYNAMIC_QUANTIZE_MATMUL("DynamicQuantizeMatMul", 1, 2, 3),
    MATMUL_INTEGER_TO_FLOAT("MatMulIntegerToFloat", 1, 3, 5);

    final String type;

    /** Inputs: quantised weights, scales, zero points. */
    final int weights;

    final int scales;
    final int zeroPoints;

    Operator(String type, int weights, int scales, int zeroPoints) {
      this.type = type;
      this.weights = weights;
      this.scales = scales;
      this.zeroPoints = zeroPoints;
    }
  }

  /**
   * The kernel of a node; null when the node is none of the known operators or takes its weights in
   * a way that the importer does not write (group indices, 16-bit scales, computed weights).
   */
  static @Nullable QuantizedKernel of(NodeProto node, Map<String, TensorProto> initializers) {
    for (Operator operator : Operator.values()) {
      if (node.getOpType().equals(operator.type)) {
        TensorProto weights = initializers.get(input(node, operator.weights));
        TensorProto scales = initializers.get(input(node, operator.scales));
        if (weights != null && scales != null && isFloat(scales)) {
          return of(operator, node, weights);
        }
      }
    }
    return null;
  }

  private static @Nullable QuantizedKernel of(
      Operator operator, NodeProto node, TensorProto weights) {
    boolean zeroPoints = !input(node, operator.zeroPoints).isEmpty();
    int type = weights.getDataType();
    boolean bytes = type == TensorProto.DataType.UINT8.getNumber();
    boolean signed = type == TensorProto.DataType.INT8.getNumber();
    int bits = attribute(node, "bits", 4);
    int block = attribute(node, "block_size", 128);
    return switch (operator) {
      case MATMUL_NBITS ->
          bytes && input(node, 4).isEmpty()
              ? checked(
                  new QuantizedKernel(
                      operator,
                      attribute(node, "K", 0),
                      attribute(node, "N", 0),
                      bits,
                      block,
                      zeroPoints,
                      attribute(node, "accuracy_level", 0),
                      false,
                      false))
              : null;
      case GATHER_BLOCK_QUANTIZED ->
          bytes
                  && weights.getDimsCount() == 2
                  && attribute(node, "gather_axis", 0) == 0
                  && attribute(node, "quantize_axis", 1) == 1
              ? checked(
                  new QuantizedKernel(
                      operator,
                      (int) Math.min(LARGEST, weights.getDims(1) * 8 / bits),
                      (int) Math.min(LARGEST, weights.getDims(0)),
                      bits,
                      block,
                      zeroPoints,
                      0,
                      false,
                      false))
              : null;
      case DYNAMIC_QUANTIZE_MATMUL, MATMUL_INTEGER_TO_FLOAT ->
          (bytes || signed) && weights.getDimsCount() == 2
              ? checked(
                  new QuantizedKernel(
                      operator,
                      (int) Math.min(LARGEST, weights.getDims(0)),
                      (int) Math.min(LARGEST, weights.getDims(1)),
                      8,
                      (int) Math.min(LARGEST, weights.getDims(0)),
                      zeroPoints,
                      4,
                      signed,
                      signed && node.getDocString().equals(PAIR_RANGE)))
              : null;
    };
  }

  /** The kernel with few rows; null when its sizes are none that ONNX Runtime takes. */
  private static @Nullable QuantizedKernel checked(QuantizedKernel kernel) {
    boolean known =
        kernel.k >= 1
            && kernel.k < LARGEST
            && kernel.n >= 1
            && (kernel.bits == 4 || kernel.bits == 8)
            && kernel.blockSize >= 1
            && kernel.blockSize < LARGEST;
    int rows = kernel.n <= 3 * TILE ? kernel.n : 2 * TILE + kernel.n % TILE;
    return known ? kernel.withRows(rows) : null;
  }

  private QuantizedKernel withRows(int rows) {
    return new QuantizedKernel(
        operator, k, rows, bits, blockSize, zeroPoints, accuracyLevel, signed, pairRange);
  }

  /** The same with 32-bit computation. */
  QuantizedKernel withAccuracyLevel(int level) {
    return new QuantizedKernel(
        operator, k, n, bits, blockSize, zeroPoints, level, signed, pairRange);
  }

  /** Whether activations are rounded to 8 bits. */
  boolean roundsActivations() {
    return accuracyLevel > 1;
  }

  /** Blocks of a row; the last may reach beyond it. */
  int blocks() {
    return (k + blockSize - 1) / blockSize;
  }

  /** Input {@code index} of a node; empty when it is left out. */
  static String input(NodeProto node, int index) {
    return index < node.getInputCount() ? node.getInput(index) : "";
  }

  private static int attribute(NodeProto node, String name, int otherwise) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals(name)) {
        return (int) Math.clamp(attribute.getI(), -LARGEST, LARGEST);
      }
    }
    return otherwise;
  }

  private static boolean isFloat(TensorProto tensor) {
    return tensor.getDataType() == TensorProto.DataType.FLOAT.getNumber();
  }

  /** As in logs and metrics: {@code MatMulNBits K=576 bits=4 block=32 symmetric level=4}. */
  @Override
  public String toString() {
    return switch (operator) {
      case MATMUL_NBITS ->
          "%s K=%d bits=%d block=%d %s level=%d"
              .formatted(operator.type, k, bits, blockSize, symmetry(), accuracyLevel);
      case GATHER_BLOCK_QUANTIZED ->
          "%s K=%d bits=%d block=%d %s".formatted(operator.type, k, bits, blockSize, symmetry());
      case DYNAMIC_QUANTIZE_MATMUL, MATMUL_INTEGER_TO_FLOAT ->
          "%s K=%d %s%s"
              .formatted(
                  operator.type, k, signed ? "int8" : "uint8", pairRange ? " pair range" : "");
    };
  }

  private String symmetry() {
    return zeroPoints ? "asymmetric" : "symmetric";
  }
}
