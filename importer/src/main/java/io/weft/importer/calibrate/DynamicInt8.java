package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns the linear layers of an encoder that was written in 32-bit floats into 8 bits. Heads, which
 * are what follows the last hidden state, stay as they are.
 */
final class DynamicInt8 {
  private final GraphFile file;

  DynamicInt8(GraphFile file) {
    this.file = file;
  }

  /** The linear layers, with the width of their inputs. */
  Map<NodeProto, Integer> layers() {
    return file.widths(file.trunkLayers());
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
}
