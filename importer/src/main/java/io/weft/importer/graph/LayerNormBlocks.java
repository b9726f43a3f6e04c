package io.weft.importer.graph;

import static io.weft.importer.graph.GraphBuilder.NONE;

import io.weft.importer.checkpoint.Tensor;
import java.util.List;
import java.util.Map;

/** What decoders with LayerNorm and biases (GPT-2, GPT-NeoX) are made of. */
record LayerNormBlocks(Layers layers, int hiddenSize, float epsilon) {
  /** LayerNorm, (B,S,D) to (B,S,D). */
  String normalize(String input, String name) {
    return layers
        .graph()
        .node(
            "LayerNormalization",
            List.of(
                input,
                layers.vector(name + ".weight", hiddenSize),
                layers.vector(name + ".bias", hiddenSize)),
            name,
            Map.of("axis", -1, "epsilon", epsilon));
  }

  /** LayerNorm of a sum; gives the norm and, under {@code sum}, the sum itself. */
  String addAndNormalize(String residual, String added, String name, String sum) {
    layers
        .graph()
        .node(
            "SkipLayerNormalization",
            List.of(
                residual,
                added,
                layers.vector(name + ".weight", hiddenSize),
                layers.vector(name + ".bias", hiddenSize)),
            List.of(name, NONE, NONE, sum),
            Map.of("epsilon", epsilon));
    return name;
  }

  /** A linear layer with bias. */
  String dense(String input, String name, int outputs, int inputs, boolean sensitive) {
    List<Tensor> weight = List.of(layers.take(name + ".weight", outputs, inputs));
    List<Tensor> bias = List.of(layers.take(name + ".bias", outputs));
    return layers.linear(input, name + ".weight", weight, bias, sensitive, name);
  }
}
