package io.weft.importer.calibrate;

/**
 * What it costs a linear layer to round its inputs: the norm of the difference it makes to the
 * outputs, relative to the norm of the outputs.
 */
final class RoundingError {
  private RoundingError() {}

  /**
   * Rounds each row in blocks to 8-bit steps of their largest magnitude / 127, as {@code
   * MatMulNBits} does with accuracy level 4.
   */
  static float[] roundBlocks(LayerInput input, int blockSize) {
    float[] rounded = new float[input.count() * input.columns()];
    for (int row = 0; row < input.count(); row++) {
      for (int from = 0; from < input.columns(); from += blockSize) {
        int to = Math.min(input.columns(), from + blockSize);
        int at = row * input.columns();
        float largest = 0;
        for (int i = from; i < to; i++) {
          largest = Math.max(largest, Math.abs(input.rows()[at + i]));
        }
        float scale = largest / 127;
        for (int i = from; i < to; i++) {
          rounded[at + i] = scale == 0 ? 0 : scale * Math.round(input.rows()[at + i] / scale);
        }
      }
    }
    return rounded;
  }

  /**
   * The largest relative error of a row.
   *
   * @param changed the input after rounding, [rows, columns]
   * @param weights some rows of the layer's matrix, [outputs, columns]
   * @param changedWeights the same rows as the layer multiplies them
   */
  static double worstRow(
      LayerInput input, float[] changed, float[] weights, float[] changedWeights) {
    double worst = 0;
    for (int row = 0; row < input.count(); row++) {
      double[] norms = norms(input, changed, weights, changedWeights, row);
      if (norms[1] > 0) {
        worst = Math.max(worst, Math.sqrt(norms[0] / norms[1]));
      }
    }
    return worst;
  }

  /** The relative error of all rows together; parameters as for {@link #worstRow}. */
  static double allRows(
      LayerInput input, float[] changed, float[] weights, float[] changedWeights) {
    double errors = 0;
    double outputs = 0;
    for (int row = 0; row < input.count(); row++) {
      double[] norms = norms(input, changed, weights, changedWeights, row);
      errors += norms[0];
      outputs += norms[1];
    }
    return outputs == 0 ? 0 : Math.sqrt(errors / outputs);
  }

  /** Squared norms of error and output. */
  private static double[] norms(
      LayerInput input, float[] changed, float[] weights, float[] changedWeights, int row) {
    int columns = input.columns();
    double errors = 0;
    double outputs = 0;
    for (int i = 0; i < weights.length; i += columns) {
      float right = 0;
      float found = 0;
      for (int j = 0; j < columns; j++) {
        right += input.rows()[row * columns + j] * weights[i + j];
        found += changed[row * columns + j] * changedWeights[i + j];
      }
      errors += (double) (found - right) * (found - right);
      outputs += (double) right * right;
    }
    return new double[] {errors, outputs};
  }
}
