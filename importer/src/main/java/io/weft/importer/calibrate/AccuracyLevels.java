package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Raises the precision of the layers in blocks that 8-bit activations cost too much.
 *
 * <p>{@code MatMulNBits} with accuracy level 4 rounds its input to 8 bits in blocks. Where one
 * channel is far larger than the others of its block, those vanish, and some models then pick wrong
 * tokens (microsoft/onnxruntime issue 29849). With 4-bit weights such a layer gets level 0, which
 * computes in 32-bit floats; with 8-bit weights ONNX Runtime has no fast kernel for that, so the
 * weights themselves are written as floats.
 */
final class AccuracyLevels {
  /**
   * Largest relative error of a row that rounding its input may cause. Layers with ordinary inputs
   * have about 0.01; what a 4-bit weight costs is about 0.1.
   */
  static final double MOST_ERROR = 0.05;

  /** Rows of a matrix that stand for all. */
  private static final int MOST_OUTPUTS = 48;

  private final GraphFile file;

  AccuracyLevels(GraphFile file) {
    this.file = file;
  }

  /** The layers that round their inputs, with the width of those. */
  Map<NodeProto, Integer> layers() {
    Map<NodeProto, Integer> layers = new LinkedHashMap<>();
    for (NodeProto node : file.graph().getNodeList()) {
      if (node.getOpType().equals("MatMulNBits")
          && GraphFile.number(node, "accuracy_level", 0) == 4
          && file.isExternal(node.getInput(1))) {
        layers.put(node, GraphFile.number(node, "K", 0));
      }
    }
    return layers;
  }

  /** The layers of which rounding costs too much. */
  Set<NodeProto> tooCoarse(Probe probe, BinFile weights) throws IOException {
    Set<NodeProto> found = new HashSet<>();
    for (NodeProto node : layers().keySet()) {
      BlockMatrix matrix = BlockMatrix.of(file, node);
      LayerInput input = probe.input(node);
      float[] rows = matrix.rows(weights, stride(matrix.rows()), MOST_OUTPUTS);
      float[] rounded = RoundingError.roundBlocks(input, matrix.blockSize());
      if (RoundingError.worstRow(input, rounded, rows, rows) > MOST_ERROR) {
        found.add(node);
      }
    }
    return found;
  }

  private static int stride(int rows) {
    return Math.max(1, rows / MOST_OUTPUTS);
  }

  /** Rewrites the graph with more precision for {@code layers}. */
  void raise(Set<NodeProto> layers, Path weightFile) throws IOException {
    GraphProto.Builder graph = file.graph().toBuilder().clearNode();
    try (BinFile weights =
        BinFile.open(weightFile, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      for (NodeProto node : file.graph().getNodeList()) {
        if (!layers.contains(node)) {
          graph.addNode(node);
        } else if (GraphFile.number(node, "bits", 4) == 4) {
          graph.addNode(withLevelZero(node));
        } else {
          BlockMatrix matrix = BlockMatrix.of(file, node);
          TensorProto floats = writeFloats(matrix, node.getInput(1) + ".floats", weights);
          graph.addInitializer(floats);
          graph.addNode(product(node, floats.getName()));
        }
      }
    }
    dropUnused(graph);
    file.write(graph.build(), file.path());
  }

  private static NodeProto withLevelZero(NodeProto node) {
    NodeProto.Builder changed = node.toBuilder().clearAttribute();
    for (AttributeProto attribute : node.getAttributeList()) {
      boolean level = attribute.getName().equals("accuracy_level");
      changed.addAttribute(level ? GraphFile.attribute("accuracy_level", 0) : attribute);
    }
    return changed.build();
  }

  private static NodeProto product(NodeProto node, String floats) {
    return GraphFile.node("FusedMatMul", node.getOutput(0), node.getInput(0), floats)
        .setDomain("com.microsoft")
        .addAttribute(GraphFile.attribute("transB", 1))
        .build();
  }

  private static TensorProto writeFloats(BlockMatrix matrix, String name, BinFile weights)
      throws IOException {
    long offset = weights.align();
    for (int row = 0; row < matrix.rows(); row++) {
      weights.append(matrix.row(weights, row));
    }
    long length = (long) matrix.rows() * matrix.columns() * Float.BYTES;
    return GraphFile.external(
        name, TensorProto.DataType.FLOAT, offset, length, matrix.rows(), matrix.columns());
  }

  /** ONNX Runtime warns of constants that no node takes. */
  static void dropUnused(GraphProto.Builder graph) {
    Set<String> used = GraphFile.used(graph.build());
    List<TensorProto> kept =
        graph.getInitializerList().stream().filter(t -> used.contains(t.getName())).toList();
    graph.clearInitializer().addAllInitializer(kept);
  }
}
