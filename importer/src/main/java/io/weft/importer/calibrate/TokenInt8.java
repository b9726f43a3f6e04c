package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chooses which linear layers of a folder's graphs become {@link TokenLayer}s, and how. */
final class TokenInt8 {
  /**
   * Largest relative error of a token's outputs that is taken. Where one activation of a token is
   * far larger than all others, those vanish: such layers stay in 32-bit floats.
   */
  static final double MOST_ERROR = 0.3;

  /** By the name of the layer's matrix; null where it stays. */
  private final Map<String, @Nullable TokenLayer> layers = new LinkedHashMap<>();

  private final Map<String, float[]> vectors = new HashMap<>();
  private int smoothed;

  /** Whether all these layers were chosen for in another graph. */
  boolean knowsAll(Collection<NodeProto> nodes) {
    return nodes.stream().allMatch(node -> layers.containsKey(node.getInput(1)));
  }

  /** Chooses for the layers of one graph, given what goes into them. */
  void choose(GraphFile file, Collection<NodeProto> nodes, Probe probe, BinFile weights)
      throws IOException {
    Smoothing smoothing = new Smoothing(file, weights);
    for (NodeProto node : nodes) {
      TensorProto matrix = file.initializer(node.getInput(1));
      if (!layers.containsKey(matrix.getName())) {
        layers.put(matrix.getName(), choose(node, matrix, probe.input(node), smoothing, weights));
      }
    }
  }

  private @Nullable TokenLayer choose(
      NodeProto node, TensorProto matrix, LayerInput input, Smoothing smoothing, BinFile weights)
      throws IOException {
    float[] ones = new float[input.columns()];
    Arrays.fill(ones, 1);
    TokenLayer plain = new TokenLayer(matrix, ones);
    double error = plain.error(input, weights);
    Map<String, float[]> changed = new HashMap<>();
    float[] factors = smoothing.factors(node, input, changed);
    TokenLayer smooth = factors == null ? plain : new TokenLayer(matrix, factors);
    double smoothError = factors == null ? error : smooth.error(input, weights);
    if (smoothError < error && smoothError <= MOST_ERROR) {
      vectors.putAll(changed);
      smoothed++;
      return smooth;
    }
    return error <= MOST_ERROR ? plain : null;
  }

  Map<String, @Nullable TokenLayer> layers() {
    return layers;
  }

  /** New values of constants, by name. */
  Map<String, float[]> vectors() {
    return vectors;
  }

  /** What was chosen, in one line. */
  String summary() {
    long kept = layers.values().stream().filter(layer -> layer == null).count();
    return "%d linear layers in 8 bits, %d of them smoothed; %d stay in fp32"
        .formatted(layers.size() - kept, smoothed, kept);
  }
}
