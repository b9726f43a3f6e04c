package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.weft.runtime.onnx.OnnxSessions;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A copy of a graph that also gives what goes into chosen nodes. It lies beside the graph while it
 * is open, because it has the same weight file.
 */
final class Probe implements AutoCloseable {
  private final Path path;
  private final OrtSession session;

  /** By value name. */
  private final Map<String, LayerInput> inputs = new HashMap<>();

  private final Map<String, Integer> widths;

  /**
   * @param widths of the values that are wanted, by name
   */
  private Probe(Path path, OrtSession session, Map<String, Integer> widths) {
    this.path = path;
    this.session = session;
    this.widths = widths;
  }

  /**
   * Opens a probe.
   *
   * @param nodes whose first inputs are wanted, with the width of those
   */
  static Probe open(GraphFile file, Map<NodeProto, Integer> nodes) throws IOException {
    Map<String, Integer> widths = new LinkedHashMap<>();
    nodes.forEach((node, width) -> widths.put(node.getInput(0), width));
    GraphProto.Builder graph = file.graph().toBuilder();
    Set<String> known = new java.util.HashSet<>();
    graph.getOutputList().forEach(output -> known.add(output.getName()));
    for (String name : widths.keySet()) {
      if (known.add(name)) {
        graph.addOutput(
            ValueInfoProto.newBuilder()
                .setName(name)
                .setType(
                    TypeProto.newBuilder()
                        .setTensorType(
                            TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber()))));
      }
    }
    Path path = file.path().resolveSibling("probe.onnx");
    file.write(graph.build(), path);
    try {
      int threads = Runtime.getRuntime().availableProcessors();
      return new Probe(path, OnnxSessions.open(path, threads), widths);
    } catch (RuntimeException e) {
      Files.delete(path);
      throw e;
    }
  }

  OrtSession session() {
    return session;
  }

  /** Names of the values to ask for. */
  Set<String> outputs() {
    return widths.keySet();
  }

  /**
   * Takes what a run gave.
   *
   * @param keep rows to keep of each value
   */
  void take(OrtSession.Result result, int keep) throws OrtException {
    for (Map.Entry<String, Integer> wanted : widths.entrySet()) {
      OnnxTensor value = (OnnxTensor) result.get(wanted.getKey()).orElseThrow();
      FloatBuffer buffer = value.getFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      inputs
          .computeIfAbsent(wanted.getKey(), name -> new LayerInput(wanted.getValue()))
          .add(values, keep);
    }
  }

  /** What went into the node. */
  LayerInput input(NodeProto node) {
    LayerInput input = inputs.get(node.getInput(0));
    if (input == null) {
      throw new IllegalStateException(node.getName() + " was not probed");
    }
    return input;
  }

  @Override
  public void close() throws IOException {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IOException(e);
    } finally {
      Files.delete(path);
    }
  }
}
