package io.weft.importer.graph;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Collects an ONNX graph: opset 21 and ONNX Runtime's {@code com.microsoft} operators. Nodes are
 * added in the order they run; a value goes by the name that its node gave it.
 */
final class GraphBuilder {
  /** Stands for an optional input or output that is left out. */
  static final String NONE = "";

  private static final int IR_VERSION = 10;
  private static final int OPSET = 21;
  private static final String MICROSOFT = "com.microsoft";
  private static final Set<String> MICROSOFT_OPERATORS =
      Set.of(
          "BiasGelu",
          "FastGelu",
          "FusedMatMul",
          "GatherBlockQuantized",
          "Gelu",
          "GroupQueryAttention",
          "MatMulNBits",
          "MultiHeadAttention",
          "QuickGelu",
          "RotaryEmbedding",
          "SkipLayerNormalization",
          "SkipSimplifiedLayerNormalization");

  private final OnnxMl.GraphProto.Builder graph = OnnxMl.GraphProto.newBuilder();
  private final String weightFileName;
  private final DataType computeType;

  /** Outputs declared as 32-bit floats. */
  private final List<String> floatResults = new ArrayList<>();

  private final Set<String> constants = new HashSet<>();

  /**
   * @param name of the graph
   * @param weightFileName file beside the graph that external tensors lie in
   * @param computeType element type of what the nodes pass to each other
   */
  GraphBuilder(String name, String weightFileName, DataType computeType) {
    graph.setName(name);
    this.weightFileName = weightFileName;
    this.computeType = computeType;
  }

  /** Element types of tensors. */
  enum DataType {
    FLOAT(OnnxMl.TensorProto.DataType.FLOAT),
    FLOAT16(OnnxMl.TensorProto.DataType.FLOAT16),
    INT32(OnnxMl.TensorProto.DataType.INT32),
    INT64(OnnxMl.TensorProto.DataType.INT64),
    UINT8(OnnxMl.TensorProto.DataType.UINT8);

    private final int id;

    DataType(OnnxMl.TensorProto.DataType type) {
      this.id = type.getNumber();
    }

    /** The number that stands for the type in attributes. */
    int id() {
      return id;
    }
  }

  /**
   * Declares an input.
   *
   * @param dimensions a number, or the name of a size that the caller chooses
   */
  String input(String name, DataType type, Object... dimensions) {
    graph.addInput(valueInfo(name, type, dimensions));
    return name;
  }

  /** A graph for an attribute of a node; its nodes see all values of this one. */
  GraphBuilder branch(String name) {
    return new GraphBuilder(name, weightFileName, computeType);
  }

  /**
   * Declares that the value {@code name} is an output. A graph that computes in halves casts what
   * is declared as 32-bit floats, so that callers read the same type from every graph.
   */
  void output(String name, DataType type, Object... dimensions) {
    if (type == DataType.FLOAT && computeType == DataType.FLOAT16) {
      floatResults.add(name);
    }
    graph.addOutput(valueInfo(name, type, dimensions));
  }

  /** Adds a node with one output and returns its name. */
  String node(String operator, List<String> inputs, String output, Map<String, Object> attributes) {
    node(operator, inputs, List.of(output), attributes);
    return output;
  }

  /**
   * Adds a node; attributes are {@link Integer}, {@link Float}, {@code long[]} or a {@link
   * #branch}.
   */
  void node(
      String operator, List<String> inputs, List<String> outputs, Map<String, Object> attributes) {
    OnnxMl.NodeProto.Builder node =
        OnnxMl.NodeProto.newBuilder()
            .setOpType(operator)
            .setName(outputs.getFirst())
            .addAllInput(inputs)
            .addAllOutput(outputs);
    if (MICROSOFT_OPERATORS.contains(operator)) {
      node.setDomain(MICROSOFT);
    }
    // Sorted, so that the same checkpoint always gives the same file.
    new TreeMap<>(attributes).forEach((name, value) -> node.addAttribute(attribute(name, value)));
    graph.addNode(node);
  }

  /** Adds a small constant of one dimension that lies in the graph itself. */
  String constant(String name, long... values) {
    return constant(name, List.of((long) values.length), values);
  }

  /** Adds a constant without dimensions. */
  String scalar(String name, long value) {
    return constant(name, List.of(), value);
  }

  private String constant(String name, List<Long> shape, long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    constants.add(name);
    graph.addInitializer(
        OnnxMl.TensorProto.newBuilder()
            .setName(name)
            .setDataType(DataType.INT64.id)
            .addAllDims(shape)
            .setRawData(ByteString.copyFrom(bytes.array())));
    return name;
  }

  /** Whether {@link #constant} made a constant of this name. */
  boolean hasConstant(String name) {
    return constants.contains(name);
  }

  /** Adds a constant whose bytes lie in the weight file. */
  String external(String name, DataType type, long offset, long length, long... dimensions) {
    OnnxMl.TensorProto.Builder tensor =
        OnnxMl.TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.id)
            .setDataLocation(OnnxMl.TensorProto.DataLocation.EXTERNAL)
            .addExternalData(entry("location", weightFileName))
            .addExternalData(entry("offset", Long.toString(offset)))
            .addExternalData(entry("length", Long.toString(length)));
    Arrays.stream(dimensions).forEach(tensor::addDims);
    graph.addInitializer(tensor);
    return name;
  }

  /** Writes the graph. */
  void write(Path path) throws IOException {
    floatResults.forEach(this::castResult);
    floatResults.clear();
    OnnxMl.ModelProto model =
        OnnxMl.ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("weft")
            .addOpsetImport(OnnxMl.OperatorSetIdProto.newBuilder().setVersion(OPSET))
            .addOpsetImport(
                OnnxMl.OperatorSetIdProto.newBuilder().setDomain(MICROSOFT).setVersion(1))
            .setGraph(graph)
            .build();
    try (OutputStream out = Files.newOutputStream(path)) {
      model.writeTo(out);
    }
  }

  /** Has the node that makes the output {@code name} make a half of it, and casts that. */
  private void castResult(String name) {
    String half = name + ".half";
    for (OnnxMl.NodeProto.Builder node : graph.getNodeBuilderList()) {
      for (int i = 0; i < node.getInputCount(); i++) {
        node.setInput(i, node.getInput(i).equals(name) ? half : node.getInput(i));
      }
      for (int i = 0; i < node.getOutputCount(); i++) {
        node.setOutput(i, node.getOutput(i).equals(name) ? half : node.getOutput(i));
      }
      node.setName(node.getName().equals(name) ? half : node.getName());
    }
    node("Cast", List.of(half), name, Map.of("to", DataType.FLOAT.id));
  }

  private static OnnxMl.ValueInfoProto valueInfo(String name, DataType type, Object... dimensions) {
    OnnxMl.TensorShapeProto.Builder shape = OnnxMl.TensorShapeProto.newBuilder();
    for (Object dimension : dimensions) {
      OnnxMl.TensorShapeProto.Dimension.Builder added = shape.addDimBuilder();
      if (dimension instanceof String symbol) {
        added.setDimParam(symbol);
      } else {
        added.setDimValue(((Number) dimension).longValue());
      }
    }
    return OnnxMl.ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            OnnxMl.TypeProto.newBuilder()
                .setTensorType(
                    OnnxMl.TypeProto.Tensor.newBuilder().setElemType(type.id).setShape(shape)))
        .build();
  }

  private static OnnxMl.AttributeProto attribute(String name, Object value) {
    OnnxMl.AttributeProto.Builder attribute = OnnxMl.AttributeProto.newBuilder().setName(name);
    switch (value) {
      case Integer number ->
          attribute.setType(OnnxMl.AttributeProto.AttributeType.INT).setI(number);
      case Float number ->
          attribute.setType(OnnxMl.AttributeProto.AttributeType.FLOAT).setF(number);
      case long[] numbers -> {
        attribute.setType(OnnxMl.AttributeProto.AttributeType.INTS);
        Arrays.stream(numbers).forEach(attribute::addInts);
      }
      case GraphBuilder branch ->
          attribute.setType(OnnxMl.AttributeProto.AttributeType.GRAPH).setG(branch.graph);
      default -> throw new IllegalArgumentException(name + " has type " + value.getClass());
    }
    return attribute.build();
  }

  private static OnnxMl.StringStringEntryProto entry(String key, String value) {
    return OnnxMl.StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }
}
