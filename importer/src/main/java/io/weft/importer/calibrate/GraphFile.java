package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A graph that the importer has just written, read back. */
final class GraphFile {
  static final String WEIGHTS = "model.bin";

  private static final String LAST_STATE = "last_hidden_state";

  private final Path path;
  private final ModelProto model;
  private final Map<String, TensorProto> initializers = new HashMap<>();

  private GraphFile(Path path, ModelProto model) {
    this.path = path;
    this.model = model;
    model.getGraph().getInitializerList().forEach(t -> initializers.put(t.getName(), t));
  }

  static GraphFile read(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return new GraphFile(path, ModelProto.parseFrom(in));
    }
  }

  Path path() {
    return path;
  }

  GraphProto graph() {
    return model.getGraph();
  }

  /** The constant of this name, which must be there. */
  TensorProto initializer(String name) {
    TensorProto tensor = initializers.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("%s has no constant %s".formatted(path, name));
    }
    return tensor;
  }

  boolean isExternal(String name) {
    TensorProto tensor = initializers.get(name);
    return tensor != null && tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
  }

  /** Linear layers with the widths of their inputs. */
  Map<NodeProto, Integer> widths(List<NodeProto> layers) {
    Map<NodeProto, Integer> widths = new LinkedHashMap<>();
    for (NodeProto node : layers) {
      widths.put(node, Math.toIntExact(initializer(node.getInput(1)).getDims(1)));
    }
    return widths;
  }

  /** All linear layers with weights in 32-bit floats. */
  List<NodeProto> layers() {
    return graph().getNodeList().stream().filter(this::isLinear).toList();
  }

  /** The linear layers of an encoder up to its last hidden state, without heads. */
  List<NodeProto> trunkLayers() {
    Set<String> afterStates = new HashSet<>(Set.of(LAST_STATE));
    List<NodeProto> layers = new ArrayList<>();
    for (NodeProto node : graph().getNodeList()) {
      if (node.getInputList().stream().anyMatch(afterStates::contains)) {
        afterStates.addAll(node.getOutputList());
      } else if (isLinear(node)) {
        layers.add(node);
      }
    }
    return layers;
  }

  /** Whether a node is a linear layer with weights [outputs, inputs] in 32-bit floats. */
  private boolean isLinear(NodeProto node) {
    return node.getOpType().equals("FusedMatMul")
        && number(node, "transB", 0) == 1
        && isExternal(node.getInput(1))
        && initializer(node.getInput(1)).getDataType() == TensorProto.DataType.FLOAT.getNumber();
  }

  /** Writes the same model with another graph to {@code target}. */
  void write(GraphProto graph, Path target) throws IOException {
    Files.write(target, model.toBuilder().setGraph(graph).build().toByteArray());
  }

  /** Names of all values that the nodes of a graph, and of graphs within it, take. */
  static Set<String> used(GraphProto graph) {
    Set<String> names = new HashSet<>();
    for (NodeProto node : graph.getNodeList()) {
      names.addAll(node.getInputList());
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.hasG()) {
          names.addAll(used(attribute.getG()));
        }
      }
    }
    return names;
  }

  /** Where an external constant's bytes begin in the weight file. */
  static long offset(TensorProto tensor) {
    return entry(tensor, "offset");
  }

  static long length(TensorProto tensor) {
    return entry(tensor, "length");
  }

  private static long entry(TensorProto tensor, String key) {
    for (StringStringEntryProto entry : tensor.getExternalDataList()) {
      if (entry.getKey().equals(key)) {
        return Long.parseLong(entry.getValue());
      }
    }
    throw new IllegalArgumentException("%s has no %s".formatted(tensor.getName(), key));
  }

  /** A constant in the weight file. */
  static TensorProto external(
      String name, TensorProto.DataType type, long offset, long length, long... dimensions) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
    for (long dimension : dimensions) {
      tensor.addDims(dimension);
    }
    return located(tensor.build(), offset, length);
  }

  /** The same constant, elsewhere in the weight file. */
  static TensorProto located(TensorProto tensor, long offset, long length) {
    return tensor.toBuilder()
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .clearExternalData()
        .addExternalData(pair("location", WEIGHTS))
        .addExternalData(pair("offset", Long.toString(offset)))
        .addExternalData(pair("length", Long.toString(length)))
        .build();
  }

  private static StringStringEntryProto pair(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  static int number(NodeProto node, String name, int otherwise) {
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.getName().equals(name)) {
        return Math.toIntExact(attribute.getI());
      }
    }
    return otherwise;
  }

  static AttributeProto attribute(String name, int value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  /** A node of one output, named after it. */
  static NodeProto.Builder node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .setName(output)
        .addAllInput(List.of(inputs))
        .addOutput(output);
  }
}
