package io.weft.importer.calibrate;

/**
 * What went into a linear layer over the bundled text: some of the rows, and the extent of all.
 *
 * <p>The first rows of a sequence are always among those kept: massive activations appear there
 * (Sun et al. 2024, arXiv 2402.17762).
 */
final class LayerInput {
  /** Rows kept of one run. */
  private static final int FIRST_ROWS = 4;

  static final int MOST_ROWS = 64;

  private final int columns;
  private final float[] rows;
  private final float[] lows;
  private final float[] highs;
  private int count;

  /**
   * @param columns width of the input
   */
  LayerInput(int columns) {
    this.columns = columns;
    this.rows = new float[MOST_ROWS * columns];
    this.lows = new float[columns];
    this.highs = new float[columns];
  }

  /**
   * Adds the rows of one run, [rows, columns].
   *
   * @param keep how many to keep, while there is room
   */
  void add(float[] values, int keep) {
    int total = values.length / columns;
    int stride = Math.max(1, (total - FIRST_ROWS) / Math.max(1, keep - FIRST_ROWS));
    for (int row = 0; row < total; row++) {
      for (int i = 0; i < columns; i++) {
        float value = values[row * columns + i];
        lows[i] = Math.min(lows[i], value);
        highs[i] = Math.max(highs[i], value);
      }
      boolean kept = row < FIRST_ROWS || (row - FIRST_ROWS) % stride == 0;
      if (kept && count < MOST_ROWS) {
        System.arraycopy(values, row * columns, rows, count++ * columns, columns);
      }
    }
  }

  int columns() {
    return columns;
  }

  /** Number of rows kept. */
  int count() {
    return count;
  }

  /** [count, columns] */
  float[] rows() {
    return rows;
  }

  /** The least value of each column over all rows seen, 0 at most. */
  float[] lows() {
    return lows;
  }

  /** The largest value of each column over all rows seen, 0 at least. */
  float[] highs() {
    return highs;
  }
}
