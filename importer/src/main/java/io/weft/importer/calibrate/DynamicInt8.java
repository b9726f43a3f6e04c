package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns the linear layers of an encoder that was written in 32-bit floats into 8 bits. Heads, which
 * are what follows the last hidden state, stay as they are.
 */
final class DynamicInt8 {
  private static final String LAST_STATE = "last_hidden_state";

  private final GraphFile file;

  DynamicInt8(GraphFile file) {
    this.file = file;
  }

  /** The linear layers, with the width of their inputs. */
  Map<NodeProto, Integer> layers() {
    Set<String> afterStates = new HashSet<>(Set.of(LAST_STATE));
    Map<NodeProto, Integer> layers = new LinkedHashMap<>();
    for (NodeProto node : file.graph().getNodeList()) {
      if (node.getInputList().stream().anyMatch(afterStates::contains)) {
        afterStates.addAll(node.getOutputList());
      } else if (isLinear(node)) {
        layers.put(node, Math.toIntExact(file.initializer(node.getInput(1)).getDims(1)));
      }
    }
    return layers;
  }

  private boolean isLinear(NodeProto node) {
    return node.getOpType().equals("FusedMatMul")
        && GraphFile.number(node, "transB", 0) == 1
        && file.isExternal(node.getInput(1))
        && file.initializer(node.getInput(1)).getDataType()
            == TensorProto.DataType.FLOAT.getNumber();
  }

  /** What becomes of each matrix, by name; null where it stays. */
  Map<String, @Nullable DynamicLayer> choose(Probe probe, BinFile weights) throws IOException {
    Map<String, @Nullable DynamicLayer> chosen = new LinkedHashMap<>();
    for (NodeProto node : layers().keySet()) {
      TensorProto matrix = file.initializer(node.getInput(1));
      chosen.put(matrix.getName(), DynamicLayer.choose(matrix, probe.input(node), weights));
    }
    return chosen;
  }

  /**
   * Rewrites graphs that share a weight file, and that file.
   *
   * @param graphs all graphs of the folder
   */
  static void rewrite(
      List<GraphFile> graphs, Map<String, @Nullable DynamicLayer> chosen, Path weightFile)
      throws IOException {
    Path next = weightFile.resolveSibling("next.bin");
    try (BinFile from = BinFile.open(weightFile, StandardOpenOption.READ);
        BinFile to =
            BinFile.open(
                next,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      Map<String, DynamicLayer.Written> written = new HashMap<>();
      Map<String, Long> moved = new HashMap<>();
      for (GraphFile graph : graphs) {
        rewrite(graph, chosen, written, moved, from, to);
      }
    }
    Files.move(next, weightFile, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void rewrite(
      GraphFile file,
      Map<String, @Nullable DynamicLayer> chosen,
      Map<String, DynamicLayer.Written> written,
      Map<String, Long> moved,
      BinFile from,
      BinFile to)
      throws IOException {
    GraphProto.Builder graph = file.graph().toBuilder().clearNode().clearInitializer();
    Set<String> added = new HashSet<>();
    for (NodeProto node : file.graph().getNodeList()) {
      String name = node.getInputCount() > 1 ? node.getInput(1) : "";
      DynamicLayer layer = node.getOpType().equals("FusedMatMul") ? chosen.get(name) : null;
      if (layer == null) {
        graph.addNode(node);
        continue;
      }
      graph.addAllNode(layer.nodes(node));
      DynamicLayer.Written known = written.get(name);
      if (known == null) {
        known = layer.write(from, to);
        written.put(name, known);
      }
      if (added.add(name)) {
        graph.addAllInitializer(known.tensors());
      }
    }
    Set<String> used = new HashSet<>();
    graph.getNodeList().forEach(node -> used.addAll(node.getInputList()));
    for (TensorProto tensor : file.graph().getInitializerList()) {
      if (!used.contains(tensor.getName())) {
        continue;
      }
      if (!file.isExternal(tensor.getName())) {
        graph.addInitializer(tensor);
        continue;
      }
      // Some constants are the same bytes seen in two shapes.
      String place = GraphFile.offset(tensor) + "+" + GraphFile.length(tensor);
      Long offset = moved.get(place);
      if (offset == null) {
        offset = to.copy(from, tensor);
        moved.put(place, offset);
      }
      graph.addInitializer(GraphFile.located(tensor, offset, GraphFile.length(tensor)));
    }
    file.write(graph.build(), file.path());
  }
}
