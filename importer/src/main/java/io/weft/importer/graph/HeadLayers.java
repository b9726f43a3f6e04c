package io.weft.importer.graph;

import io.weft.importer.checkpoint.Activation;
import io.weft.importer.checkpoint.EncoderHead;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.graph.GraphBuilder.DataType;
import java.util.List;
import java.util.Map;

/**
 * What the heads of encoders are made of. All but a masked language model's decoder stay in 32-bit
 * floats: they are tiny, and what they round goes straight into the scores.
 *
 * <p>Shapes: T tokens of all sequences, B sequences, L longest sequence, D hidden size, P
 * positions, V vocabulary, E width of the decoder.
 */
final class HeadLayers {
  private static final String LOGITS = "logits";

  private final Layers layers;
  private final GraphBuilder graph;
  private final int hiddenSize;
  private String firstTokens = "";

  HeadLayers(Layers layers, int hiddenSize) {
    this.layers = layers;
    this.graph = layers.graph();
    this.hiddenSize = hiddenSize;
  }

  /** Each sequence's first token: (T,D) to (B,D). */
  String firstTokens(String states) {
    if (firstTokens.isEmpty()) {
      String column = graph.constant("first_column", 0);
      String first = graph.node("Gather", List.of("scatter", column), "firsts", Map.of("axis", 1));
      String rows = graph.node("Gather", List.of(states, first), "first_rows", Map.of());
      firstTokens = graph.node("Reshape", List.of(rows, "flat_shape"), "first_tokens", Map.of());
    }
    return firstTokens;
  }

  /**
   * The mean of each sequence's tokens: (T,D) to (B,D).
   *
   * @param within which places are tokens, (B,1,1,L)
   */
  String means(String states, String within) {
    String weights = cast(within, "mean.weights");
    String spread = graph.node("Gather", List.of(states, "scatter"), "mean.spread", Map.of());
    String axis = graph.constant("mean.axis", 1);
    String rows = graph.node("Unsqueeze", List.of(spread, axis), "mean.rows", Map.of());
    String sums = graph.node("MatMul", List.of(weights, rows), "mean.sums", Map.of());
    String flat = graph.node("Reshape", List.of(sums, "flat_shape"), "mean.flat", Map.of());
    String shape = graph.constant("mean.shape", -1, 1);
    String counts = graph.node("Reshape", List.of("lengths", shape), "mean.counts", Map.of());
    return graph.node("Div", List.of(flat, cast(counts, "mean.divisors")), "mean", Map.of());
  }

  /** The states at the positions of the input {@code logits_index}: (T,D) to (P,D). */
  String chosen(String states) {
    graph.input("logits_index", DataType.INT64, "positions");
    return graph.node("Gather", List.of(states, "logits_index"), "chosen", Map.of());
  }

  /** A dense layer with bias. */
  String dense(String input, String name, int outputs, int inputs, String output) {
    return layers.plainLinear(
        input,
        name,
        layers.take(name + ".weight", outputs, inputs),
        layers.take(name + ".bias", outputs),
        output);
  }

  /** A dense layer and a function. */
  String dense(String input, String name, int outputs, Activation activation, String output) {
    String sums = dense(input, name, outputs, hiddenSize, name + ".sums");
    return layers.activation(sums, activation, output);
  }

  /** LayerNorm over the last dimension. */
  String normalize(String input, String name, int width, float epsilon, boolean bias) {
    String weight = layers.vector(name + ".weight", width);
    List<String> inputs =
        bias
            ? List.of(input, weight, layers.vector(name + ".bias", width))
            : List.of(input, weight);
    return graph.node("LayerNormalization", inputs, name, Map.of("axis", -1, "epsilon", epsilon));
  }

  /** The last layer of a head that scores sequences or tokens; makes the output {@code logits}. */
  void classifier(String input, String name, EncoderHead head) {
    boolean spans = head.kind() == EncoderHead.Kind.ANSWER_SPANS;
    int scores = spans ? 2 : head.labels().size();
    String rows = head.kind() == EncoderHead.Kind.CLASSIFY ? "batch" : "tokens";
    graph.output(LOGITS, DataType.FLOAT, rows, scores);
    dense(input, name, scores, hiddenSize, LOGITS);
  }

  /**
   * The layer that scores the vocabulary; makes the output {@code logits}.
   *
   * @param weight (V,E)
   * @param bias name of a tensor (V), or NONE
   */
  void decoder(String input, String weightName, Tensor weight, String bias) {
    int vocabulary = Math.toIntExact(weight.rows());
    graph.output(LOGITS, DataType.FLOAT, "positions", vocabulary);
    if (bias.equals(GraphBuilder.NONE)) {
      layers.head(input, weightName, weight, LOGITS);
      return;
    }
    String scores = layers.head(input, weightName, weight, "scores");
    graph.node("Add", List.of(scores, layers.vector(bias, vocabulary)), LOGITS, Map.of());
  }

  private String cast(String input, String output) {
    return graph.node("Cast", List.of(input), output, Map.of("to", layers.floatType().id()));
  }
}
