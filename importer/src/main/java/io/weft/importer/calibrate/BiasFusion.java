package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Has {@code DynamicQuantizeMatMul} add the bias that a node of its own added to its product, or to
 * the {@code Gemm} on top of it: a pass over all outputs less.
 */
final class BiasFusion {
  private static final String PRODUCT = "DynamicQuantizeMatMul";

  /** Inputs of the product without zero points and bias. */
  private static final int PLAIN_INPUTS = 3;

  private final GraphProto graph;
  private final Map<String, NodeProto> producers = new HashMap<>();

  /** Lengths of constants of one dimension. */
  private final Map<String, Long> vectors = new HashMap<>();

  /** How often a value is read: by nodes, those of branches among them, and by the caller. */
  private final Map<String, Integer> uses = new HashMap<>();

  private final Map<NodeProto, NodeProto> changed = new HashMap<>();
  private final Set<NodeProto> gone = new HashSet<>();

  private BiasFusion(GraphProto graph) {
    this.graph = graph;
    for (NodeProto node : graph.getNodeList()) {
      node.getOutputList().forEach(output -> producers.put(output, node));
      node.getInputList().forEach(input -> uses.merge(input, 1, Integer::sum));
      for (AttributeProto attribute : node.getAttributeList()) {
        GraphFile.used(attribute.getG()).forEach(input -> uses.merge(input, 1, Integer::sum));
      }
    }
    graph.getOutputList().forEach(output -> uses.merge(output.getName(), 1, Integer::sum));
    for (TensorProto tensor : graph.getInitializerList()) {
      if (tensor.getDimsCount() == 1) {
        vectors.put(tensor.getName(), tensor.getDims(0));
      }
    }
  }

  /** The graph with such products. */
  static GraphProto run(GraphProto graph) {
    return new BiasFusion(graph).run();
  }

  private GraphProto run() {
    graph.getNodeList().forEach(this::fuse);
    GraphProto.Builder fused = graph.toBuilder().clearNode();
    for (NodeProto node : graph.getNodeList()) {
      if (!gone.contains(node)) {
        fused.addNode(changed.getOrDefault(node, node));
      }
    }
    return fused.build();
  }

  /** Moves the bias of an {@code Add} into the product before it, if that is of such a kind. */
  private void fuse(NodeProto add) {
    if (!add.getOpType().equals("Add")) {
      return;
    }
    NodeProto last = onlyFor(add.getInput(0));
    if (last == null) {
      return;
    }
    boolean summed = last.getOpType().equals("Gemm") && last.getInputCount() == 3;
    NodeProto product = summed ? onlyFor(last.getInput(2)) : last;
    if (product == null
        || !product.getOpType().equals(PRODUCT)
        || product.getInputCount() != PLAIN_INPUTS
        || !isBias(add.getInput(1), product)) {
      return;
    }
    changed.put(product, product.toBuilder().addInput("").addInput(add.getInput(1)).build());
    NodeProto renamed = changed.getOrDefault(last, last);
    changed.put(last, renamed.toBuilder().setOutput(0, add.getOutput(0)).build());
    gone.add(add);
  }

  /** Whether a value is a constant with one number for each output, as the steps of weights are. */
  private boolean isBias(String value, NodeProto product) {
    Long length = vectors.get(value);
    return length != null && length.equals(vectors.get(product.getInput(2)));
  }

  /** What makes a value that is read once; null when it is read more often or given. */
  private @Nullable NodeProto onlyFor(String value) {
    return uses.getOrDefault(value, 0) == 1 ? producers.get(value) : null;
  }
}
