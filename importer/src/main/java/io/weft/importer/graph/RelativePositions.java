package io.weft.importer.graph;

import io.weft.importer.checkpoint.T5Config;
import io.weft.importer.checkpoint.Tensor;

/**
 * T5's bias by relative position: near distances have a bucket each, longer ones share buckets that
 * grow logarithmically, and all from the largest distance on share the last. As {@code
 * T5Attention._relative_position_bucket} in transformers, in the same single precision.
 *
 * <p>The table of buckets is unfolded at import into one by distance, so that graphs only subtract,
 * clip and look up.
 *
 * @param bidirectional whether what comes after a token has buckets of its own (encoders)
 * @param buckets rows of the checkpoint's table
 * @param maxDistance from here on all distances are alike
 */
record RelativePositions(boolean bidirectional, int buckets, int maxDistance) {

  static RelativePositions ofEncoder(T5Config config) {
    return new RelativePositions(true, config.buckets(), config.maxDistance());
  }

  static RelativePositions ofDecoder(T5Config config) {
    return new RelativePositions(false, config.buckets(), config.maxDistance());
  }

  /** The bucket of a key {@code relative} places after the query; before it where negative. */
  int bucket(int relative) {
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
}
