package io.weft.importer.calibrate;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Moves a part of the activations' outliers into the weights, where each output has a step of its
 * own: SmoothQuant (Xiao et al. 2022, arXiv 2211.10438) with strength 1/2. With a the largest
 * magnitude of a channel over the bundled text and w that of its column of weights, activations are
 * divided by {@code sqrt(a / w)} and the column is multiplied with it.
 *
 * <p>The division costs nothing where a normalisation makes the activations: it is done to its
 * weights. Other layers stay as they are.
 */
final class Smoothing {
  /** Bounds of a factor, for channels that hardly ever move. */
  private static final float LEAST = 1e-3f;

  private static final float MOST = 1e3f;

  /** Indices of a normalisation's inputs: its weights, and what it adds after them. */
  private static final Map<String, int[]> NORMALISATIONS =
      Map.of(
          "SimplifiedLayerNormalization", new int[] {1},
          "SkipSimplifiedLayerNormalization", new int[] {2},
          "LayerNormalization", new int[] {1, 2},
          "SkipLayerNormalization", new int[] {2, 3});

  private final GraphFile file;
  private final BinFile weights;

  /** Nodes by the names of their outputs. */
  private final Map<String, NodeProto> makers = new HashMap<>();

  /** Nodes by the names of their inputs. */
  private final Map<String, List<NodeProto>> users = new HashMap<>();

  Smoothing(GraphFile file, BinFile weights) {
    this.file = file;
    this.weights = weights;
    GraphProto graph = file.graph();
    for (NodeProto node : graph.getNodeList()) {
      node.getOutputList().forEach(output -> makers.put(output, node));
      node.getInputList()
          .forEach(input -> users.computeIfAbsent(input, name -> new ArrayList<>()).add(node));
    }
  }

  /**
   * The factors of a layer's channels; null where nothing can take them.
   *
   * @param vectors the normalisation's constants with the factors taken out are added to it
   */
  float @Nullable [] factors(NodeProto layer, LayerInput input, Map<String, float[]> vectors)
      throws IOException {
    NodeProto maker = makers.get(layer.getInput(0));
    if (maker != null && maker.getOpType().equals("Gather")) {
      // The output layer scores chosen positions only.
      maker = isOnlyUser(maker, maker.getInput(0)) ? makers.get(maker.getInput(0)) : null;
    }
    int[] constants = maker == null ? null : NORMALISATIONS.get(maker.getOpType());
    if (maker == null || constants == null || !isOnlyUser(layer, layer.getInput(0))) {
      return null;
    }
    int columns = input.columns();
    List<TensorProto> vectorsOf = new ArrayList<>();
    for (int index : constants) {
      String name = index < maker.getInputCount() ? maker.getInput(index) : "";
      if (name.isEmpty()) {
        continue;
      }
      if (!file.isExternal(name) || !isOnlyUser(maker, name)) {
        return null;
      }
      vectorsOf.add(file.initializer(name));
    }
    float[] factors = factors(input, columnMaxima(file.initializer(layer.getInput(1))));
    for (TensorProto vector : vectorsOf) {
      float[] values = weights.floats(vector, 0, columns);
      for (int i = 0; i < columns; i++) {
        values[i] /= factors[i];
      }
      vectors.put(vector.getName(), values);
    }
    return factors;
  }

  private static float[] factors(LayerInput input, float[] columnMaxima) {
    float[] factors = new float[columnMaxima.length];
    for (int i = 0; i < factors.length; i++) {
      float activation = Math.max(input.highs()[i], -input.lows()[i]);
      float ratio = activation / Math.max(columnMaxima[i], Float.MIN_NORMAL);
      factors[i] = Math.clamp((float) Math.sqrt(ratio), LEAST, MOST);
    }
    return factors;
  }

  private float[] columnMaxima(TensorProto matrix) throws IOException {
    int columns = Math.toIntExact(matrix.getDims(1));
    float[] maxima = new float[columns];
    for (long row = 0; row < matrix.getDims(0); row++) {
      float[] values = weights.floats(matrix, row * columns, columns);
      for (int i = 0; i < columns; i++) {
        maxima[i] = Math.max(maxima[i], Math.abs(values[i]));
      }
    }
    return maxima;
  }

  /** Whether nothing but {@code node} reads a value. */
  private boolean isOnlyUser(NodeProto node, String value) {
    return users.getOrDefault(value, List.of()).equals(List.of(node))
        && file.graph().getOutputList().stream().noneMatch(o -> o.getName().equals(value));
  }
}
