package io.weft.importer.graph;

import io.weft.importer.checkpoint.RotaryEmbedding;
import io.weft.importer.checkpoint.Tensor;
import java.util.List;

/**
 * Rotary positions as {@code GroupQueryAttention} wants them: tables of cosines and sines for whole
 * heads, of which pair i is element i and element {@code headSize / 2 + i}.
 *
 * <p>Where only a part of each head is turned, the rows of the projections to queries and keys are
 * stored so that the part's pairs come first in both halves; the other pairs have an angle of 0.
 * Scores do not change when queries and keys are put in the same order. (The operator itself takes
 * narrower tables, but only for multiples of 16.)
 *
 * @param name of the tables in the graph, before their endings
 */
record RotaryTables(String name, RotaryEmbedding rotary, int headSize) {
  /** Of decoders whose layers all turn alike. */
  static final String NAME = "rotary";

  String cosines() {
    return name + ".cos";
  }

  String sines() {
    return name + ".sin";
  }

  /** Writes {@link #cosines} and {@link #sines}, [positions, headSize / 2]. */
  void write(Layers layers, int positions) {
    layers.computed(cosines(), positions, headSize / 2, (p, row) -> fill(p, row, false));
    layers.computed(sines(), positions, headSize / 2, (p, row) -> fill(p, row, true));
  }

  /** Rows of queries or keys, head behind head, in the order that the tables ask for. */
  Tensor order(Tensor rows) {
    if (rotary.width() == headSize) {
      return rows;
    }
    int half = headSize / 2;
    int turned = rotary.width() / 2;
    return rows.withRowOrder(
        row -> {
          int inHead = (int) (row % headSize);
          int pair = inHead % half;
          int second = inHead / half;
          int source =
              pair < turned
                  ? second * turned + pair
                  : rotary.width() + second * (half - turned) + pair - turned;
          return row - inHead + source;
        });
  }

  private void fill(int position, float[] row, boolean sine) {
    List<Float> frequencies = rotary.frequencies();
    for (int i = 0; i < row.length; i++) {
      boolean turns = i < frequencies.size();
      // The product in single precision, as transformers computes it.
      double angle = turns ? position * frequencies.get(i) : 0;
      double value = sine ? Math.sin(angle) : Math.cos(angle);
      row[i] = (float) (turns ? value * rotary.scale() : value);
    }
  }
}
