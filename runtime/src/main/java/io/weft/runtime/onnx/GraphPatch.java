package io.weft.runtime.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Finds the quantised kernels of a graph and computes others in their place. */
final class GraphPatch {
  private GraphPatch() {}

  /** The kernels of a graph, each with how many nodes it runs. */
  static Map<QuantizedKernel, Integer> kernels(GraphProto graph) {
    Map<String, TensorProto> initializers = initializers(graph);
    Map<QuantizedKernel, Integer> kernels = new LinkedHashMap<>();
    for (NodeProto node : graph.getNodeList()) {
      QuantizedKernel kernel = QuantizedKernel.of(node, initializers);
      if (kernel != null) {
        kernels.merge(kernel, 1, Integer::sum);
      }
    }
    return kernels;
  }

  /** The graph with what {@code remedies} says in place of each kernel. */
  static GraphProto apply(GraphProto graph, Function<QuantizedKernel, Remedy> remedies) {
    Map<String, TensorProto> initializers = initializers(graph);
    GraphProto.Builder patched = graph.toBuilder().clearNode();
    for (NodeProto node : graph.getNodeList()) {
      QuantizedKernel kernel = QuantizedKernel.of(node, initializers);
      Remedy remedy = kernel == null ? Remedy.NONE : remedies.apply(kernel);
      if (kernel == null || remedy == Remedy.NONE) {
        patched.addNode(node);
      } else if (remedy == Remedy.FLOAT_ACTIVATIONS) {
        patched.addNode(withFloatActivations(node));
      } else {
        TensorProto weights = weights(node, kernel, initializers);
        int rows = Math.toIntExact(weights.getDims(0));
        patched.addAllNode(new Dequantizer(node, kernel, rows).replace(patched));
      }
    }
    return patched.build();
  }

  /** What can stand in for a kernel, the cheapest first. */
  static List<Remedy> remedies(QuantizedKernel kernel) {
    // With 8 bits ONNX Runtime has no fast product with float activations: it turns the whole
    // matrix into floats at each run.
    boolean hasFloatActivations =
        kernel.operator() == QuantizedKernel.Operator.MATMUL_NBITS
            && kernel.bits() == 4
            && kernel.roundsActivations();
    return hasFloatActivations
        ? List.of(Remedy.FLOAT_ACTIVATIONS, Remedy.FLOAT_WEIGHTS)
        : List.of(Remedy.FLOAT_WEIGHTS);
  }

  /** Has the session compute constants at once, among them weights turned into floats. */
  static void foldConstants(OrtSession.SessionOptions options) throws OrtException {
    options.addConfigEntry("session.disable_quant_qdq", "1");
  }

  private static NodeProto withFloatActivations(NodeProto node) {
    NodeProto.Builder changed = node.toBuilder().clearAttribute();
    for (AttributeProto attribute : node.getAttributeList()) {
      boolean level = attribute.getName().equals("accuracy_level");
      changed.addAttribute(level ? attribute.toBuilder().setI(0).build() : attribute);
    }
    return changed.build();
  }

  private static TensorProto weights(
      NodeProto node, QuantizedKernel kernel, Map<String, TensorProto> initializers) {
    TensorProto weights = initializers.get(node.getInput(kernel.operator().weights));
    if (weights == null) {
      throw new IllegalStateException(node.getName() + " lost its weights");
    }
    return weights;
  }

  private static Map<String, TensorProto> initializers(GraphProto graph) {
    Map<String, TensorProto> initializers = new HashMap<>();
    graph.getInitializerList().forEach(tensor -> initializers.put(tensor.getName(), tensor));
    return initializers;
  }
}
