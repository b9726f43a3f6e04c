package io.weft.importer.graph;

import io.weft.importer.checkpoint.BertConfig;
import io.weft.importer.checkpoint.T5Config;
import io.weft.importer.checkpoint.Tensor;
import java.util.List;
import java.util.Map;

/**
 * The bias by relative position of T5 and MPNet: near distances have a bucket each, longer ones
 * share buckets that grow logarithmically, and all from the largest distance on share the last. As
 * {@code T5Attention._relative_position_bucket} and {@code MPNetEncoder.relative_position_bucket}
 * in transformers, in the same single precision.
 *
 * <p>The table of buckets is unfolded at import into one by distance, so that graphs only subtract,
 * clip and look up.
 *
 * @param bidirectional whether what comes after a token has buckets of its own (encoders)
 * @param buckets rows of the checkpoint's table
 * @param maxDistance from here on all distances are alike
 */
public record RelativePositions(boolean bidirectional, int buckets, int maxDistance) {
  /** MPNet's, which no config.json changes. */
  public static final RelativePositions MPNET =
      new RelativePositions(true, BertConfig.RELATIVE_BUCKETS, 128);

  static RelativePositions ofEncoder(T5Config config) {
    return new RelativePositions(true, config.buckets(), config.maxDistance());
  }

  static RelativePositions ofDecoder(T5Config config) {
    return new RelativePositions(false, config.buckets(), config.maxDistance());
  }

  /** The bucket of a key {@code relative} places after the query; before it where negative. */
  public int bucket(int relative) {
    int each = bidirectional ? buckets / 2 : buckets;
    int first = bidirectional && relative > 0 ? each : 0;
    int distance = bidirectional ? Math.abs(relative) : Math.max(0, -relative);
    int exact = each / 2;
    if (distance < exact) {
      return first + distance;
    }
    float share = (float) Math.log((float) distance / exact);
    share = share / (float) Math.log((double) maxDistance / exact) * (each - exact);
    return first + Math.min(exact + (int) share, each - 1);
  }

  /** Rows of the table by distance: encoders from -maxDistance to maxDistance, decoders from 0. */
  int rows() {
    return bidirectional ? 2 * maxDistance + 1 : maxDistance + 1;
  }

  /**
   * Stores the table by distance, [{@link #rows}, heads].
   *
   * @param biases [buckets, heads]
   * @return the name of the stored table
   */
  String store(Layers layers, Tensor biases, String name) {
    int heads = biases.columns();
    float[] values = new float[buckets * heads];
    biases.readRows(0, buckets, values);
    return layers.computed(
        name,
        rows(),
        heads,
        (row, out) -> {
          // Decoders count the distance back from the query.
          int relative = bidirectional ? row - maxDistance : -row;
          System.arraycopy(values, bucket(relative) * heads, out, 0, heads);
        });
  }

  /**
   * Adds the bias of an encoder's places to the graph, once for all layers: element (h,q,k) is that
   * of distance k - q. L is the longest sequence, the second dimension of the input {@code
   * scatter}.
   *
   * @param biases [buckets, heads]
   * @return (1,H,L,L)
   */
  String biasOfPlaces(Layers layers, Tensor biases) {
    String table = store(layers, biases, "encoder.bias_by_distance");
    GraphBuilder graph = layers.graph();
    graph.node("Shape", List.of("scatter"), "scatter.shape", Map.of());
    graph.scalar("places.zero", 0);
    graph.scalar("places.one", 1);
    graph.node("Gather", List.of("scatter.shape", "places.one"), "places.longest", Map.of());
    graph.node(
        "Range",
        List.of("places.zero", "places.longest", "places.one"),
        "places.columns",
        Map.of());
    graph.constant("places.last_axis", -1);
    graph.node(
        "Unsqueeze", List.of("places.columns", "places.last_axis"), "places.queries", Map.of());
    graph.node("Sub", List.of("places.columns", "places.queries"), "places.relative", Map.of());
    graph.scalar("places.max_distance", maxDistance);
    graph.scalar("places.min_distance", -maxDistance);
    graph.node(
        "Clip",
        List.of("places.relative", "places.min_distance", "places.max_distance"),
        "places.clipped",
        Map.of());
    graph.node("Add", List.of("places.clipped", "places.max_distance"), "places.rows", Map.of());
    graph.node("Gather", List.of(table, "places.rows"), "bias_by_query", Map.of());
    graph.node("Transpose", List.of("bias_by_query"), "bias", Map.of("perm", new long[] {2, 0, 1}));
    graph.constant("places.first_axis", 0);
    return graph.node("Unsqueeze", List.of("bias", "places.first_axis"), "position_bias", Map.of());
  }
}
