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

/** Rewrites graphs that share a weight file, with other layers in place of their products. */
final class Int8Rewrite {
  private final Map<String, ? extends @Nullable Int8Layer> layers;
  private final Map<String, float[]> vectors;
  private final BinFile from;
  private final BinFile to;

  /** Constants of layers that were written, by the name of the layer's matrix. */
  private final Map<String, List<TensorProto>> written = new HashMap<>();

  /** Offsets of constants that were copied, by their place in the old file. */
  private final Map<String, Long> moved = new HashMap<>();

  private Int8Rewrite(
      Map<String, ? extends @Nullable Int8Layer> layers,
      Map<String, float[]> vectors,
      BinFile from,
      BinFile to) {
    this.layers = layers;
    this.vectors = vectors;
    this.from = from;
    this.to = to;
  }

  /**
   * Rewrites all graphs of a folder, and their weight file.
   *
   * @param layers what becomes of each matrix, by name; null where it stays
   * @param vectors new values of constants, by name
   */
  static void run(
      List<GraphFile> graphs,
      Map<String, ? extends @Nullable Int8Layer> layers,
      Map<String, float[]> vectors,
      Path weightFile)
      throws IOException {
    Path next = weightFile.resolveSibling("next.bin");
    try (BinFile from = BinFile.open(weightFile, StandardOpenOption.READ);
        BinFile to =
            BinFile.open(
                next,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
      Int8Rewrite rewrite = new Int8Rewrite(layers, vectors, from, to);
      for (GraphFile graph : graphs) {
        rewrite.rewrite(graph);
      }
    }
    Files.move(next, weightFile, StandardCopyOption.REPLACE_EXISTING);
  }

  private void rewrite(GraphFile file) throws IOException {
    GraphProto.Builder graph = file.graph().toBuilder().clearNode().clearInitializer();
    Map<String, TensorProto> added = new LinkedHashMap<>();
    Set<String> nodes = new HashSet<>();
    for (NodeProto node : file.graph().getNodeList()) {
      String name = node.getInputCount() > 1 ? node.getInput(1) : "";
      Int8Layer layer = node.getOpType().equals("FusedMatMul") ? layers.get(name) : null;
      if (layer == null) {
        graph.addNode(node);
        continue;
      }
      // Layers with the same input share the nodes that round it.
      layer.nodes(node).stream().filter(n -> nodes.add(n.getName())).forEach(graph::addNode);
      List<TensorProto> known = written.get(name);
      if (known == null) {
        known = layer.write(from, to);
        written.put(name, known);
      }
      known.forEach(tensor -> added.putIfAbsent(tensor.getName(), tensor));
    }
    graph.addAllInitializer(added.values());
    Set<String> used = GraphFile.used(graph.build());
    for (TensorProto tensor : file.graph().getInitializerList()) {
      if (used.contains(tensor.getName())) {
        graph.addInitializer(file.isExternal(tensor.getName()) ? moved(tensor) : tensor);
      }
    }
    file.write(BiasFusion.run(graph.build()), file.path());
  }

  private TensorProto moved(TensorProto tensor) throws IOException {
    // Some constants are the same bytes seen in two shapes.
    String place = GraphFile.offset(tensor) + "+" + GraphFile.length(tensor);
    Long offset = moved.get(place);
    if (offset == null) {
      float[] values = vectors.get(tensor.getName());
      if (values == null) {
        offset = to.copy(from, tensor);
      } else {
        offset = to.align();
        to.append(values);
      }
      moved.put(place, offset);
    }
    return GraphFile.located(tensor, offset, GraphFile.length(tensor));
  }
}
