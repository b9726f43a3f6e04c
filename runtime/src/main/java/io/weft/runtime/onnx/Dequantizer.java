package io.weft.runtime.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Replaces one node by standard operators on weights in 32-bit floats. The weights are computed by
 * nodes too, all of whose inputs are constants: ONNX Runtime folds them when it opens the session,
 * so the weight file stays as it is.
 *
 * <p>Shapes: N rows, K columns, B blocks of S weights along a row.
 */
final class Dequantizer {
  private final NodeProto node;
  private final QuantizedKernel kernel;
  private final int rows;
  private final String prefix;
  private final GraphProto.Builder initializers = GraphProto.newBuilder();
  private final List<NodeProto> nodes = new ArrayList<>();

  /**
   * @param rows of the graph's matrix, which the kernel may have fewer of
   */
  Dequantizer(NodeProto node, QuantizedKernel kernel, int rows) {
    this.node = node;
    this.kernel = kernel;
    this.rows = rows;
    this.prefix = node.getOutput(0) + ".float_weights.";
  }

  /** The nodes instead; their constants are added to {@code graph}. */
  List<NodeProto> replace(GraphProto.Builder graph) {
    String output = node.getOutput(0);
    switch (kernel.operator()) {
      case MATMUL_NBITS -> {
        String turned = add("Transpose", blockWeights(), List.of());
        product(node.getInput(0), turned, QuantizedKernel.input(node, 5));
      }
      case GATHER_BLOCK_QUANTIZED ->
          nodes.add(
              NodeProto.newBuilder()
                  .setOpType("Gather")
                  .setName(output)
                  .addInput(blockWeights())
                  .addInput(node.getInput(1))
                  .addOutput(output)
                  .build());
      case DYNAMIC_QUANTIZE_MATMUL -> {
        String codes = cast(node.getInput(1));
        if (kernel.zeroPoints()) {
          codes = add("Sub", codes, List.of(cast(node.getInput(3))));
        }
        String weights = add("Mul", codes, List.of(node.getInput(2)));
        product(node.getInput(0), weights, QuantizedKernel.input(node, 4));
      }
      case MATMUL_INTEGER_TO_FLOAT -> {
        String codes = cast(node.getInput(1));
        if (kernel.zeroPoints()) {
          codes = add("Sub", codes, List.of(cast(node.getInput(5))));
        }
        String weights = add("Mul", codes, List.of(node.getInput(3)));
        String activations = cast(node.getInput(0));
        if (!QuantizedKernel.input(node, 4).isEmpty()) {
          activations = add("Sub", activations, List.of(cast(node.getInput(4))));
        }
        product(
            add("Mul", activations, List.of(node.getInput(2))),
            weights,
            QuantizedKernel.input(node, 6));
      }
    }
    graph.addAllInitializer(initializers.getInitializerList());
    return nodes;
  }

  /** Weights in blocks, as floats: [N, K]. */
  private String blockWeights() {
    int data = kernel.operator().weights;
    String zeros;
    if (kernel.zeroPoints()) {
      String unpacked = unpack(node.getInput(kernel.operator().zeroPoints), -1);
      String cut = slice(unpacked, kernel.blocks());
      zeros = add("Unsqueeze", cut, List.of(longs("last_axis", -1)));
    } else {
      zeros = scalar("middle", 1 << (kernel.bits() - 1));
    }
    String codes = unpack(node.getInput(data), kernel.blockSize());
    String scales =
        add(
            "Reshape",
            node.getInput(kernel.operator().scales),
            List.of(longs("scales_shape", rows, kernel.blocks(), 1)));
    String centred = add("Sub", codes, List.of(zeros));
    String scaled = add("Mul", centred, List.of(scales));
    String flat = add("Reshape", scaled, List.of(longs("matrix_shape", rows, -1)));
    return slice(flat, kernel.k());
  }

  /**
   * Bytes to numbers: [N, B, S], or [N, anything] where {@code width} is -1. Two 4-bit numbers lie
   * in a byte, the low one first.
   */
  private String unpack(String bytes, int width) {
    String codes = bytes;
    String tag = width < 0 ? "zeros" : "codes";
    if (kernel.bits() == 4) {
      String low = add("BitwiseAnd", bytes, List.of(byteConstant("mask", 15)));
      String high = shiftRight(bytes, byteConstant("shift", 4));
      String axis = longs("last_axis", -1);
      codes =
          add(
              "Concat",
              add("Unsqueeze", low, List.of(axis)),
              List.of(add("Unsqueeze", high, List.of(axis))),
              attribute("axis", -1));
    }
    long[] shape =
        width < 0 ? new long[] {rows, -1} : new long[] {rows, kernel.blocks(), kernel.blockSize()};
    return cast(add("Reshape", codes, List.of(longs(tag + "_shape", shape))));
  }

  private void product(String input, String weights, String bias) {
    String output = node.getOutput(0);
    NodeProto.Builder product =
        NodeProto.newBuilder().setOpType("MatMul").addInput(input).addInput(weights);
    if (bias.isEmpty()) {
      nodes.add(product.setName(output).addOutput(output).build());
    } else {
      String sum = prefix + "product";
      nodes.add(product.setName(sum).addOutput(sum).build());
      nodes.add(
          NodeProto.newBuilder()
              .setOpType("Add")
              .setName(output)
              .addInput(sum)
              .addInput(bias)
              .addOutput(output)
              .build());
    }
  }

  private String slice(String matrix, int columns) {
    return add(
        "Slice",
        matrix,
        List.of(
            longs("slice_start", 0),
            longs("slice_end_" + columns, columns),
            longs("last_axis", -1)));
  }

  private String cast(String input) {
    return add("Cast", input, List.of(), attribute("to", TensorProto.DataType.FLOAT.getNumber()));
  }

  private String shiftRight(String bytes, String by) {
    AttributeProto right =
        AttributeProto.newBuilder()
            .setName("direction")
            .setType(AttributeProto.AttributeType.STRING)
            .setS(ByteString.copyFromUtf8("RIGHT"))
            .build();
    return add("BitShift", bytes, List.of(by), right);
  }

  private String add(String operator, String first, List<String> others, AttributeProto... more) {
    String output = prefix + nodes.size();
    nodes.add(
        NodeProto.newBuilder()
            .setOpType(operator)
            .setName(output)
            .addInput(first)
            .addAllInput(others)
            .addOutput(output)
            .addAllAttribute(List.of(more))
            .build());
    return output;
  }

  private static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private String longs(String name, long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return constant(name, TensorProto.DataType.INT64, bytes.array(), values.length);
  }

  private String byteConstant(String name, int value) {
    return constant(name, TensorProto.DataType.UINT8, new byte[] {(byte) value});
  }

  private String scalar(String name, float value) {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return constant(name, TensorProto.DataType.FLOAT, bytes.putFloat(0, value).array());
  }

  /** Adds a constant unless it is there already. */
  private String constant(
      String name, TensorProto.DataType type, byte[] content, long... dimensions) {
    String full = prefix + name;
    if (initializers.getInitializerList().stream().noneMatch(t -> t.getName().equals(full))) {
      TensorProto.Builder tensor = initializers.addInitializerBuilder();
      tensor.setName(full).setDataType(type.getNumber()).setRawData(ByteString.copyFrom(content));
      for (long dimension : dimensions) {
        tensor.addDims(dimension);
      }
    }
    return full;
  }
}
