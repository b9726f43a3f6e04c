package io.weft.importer.check;

import io.weft.runtime.model.ModelManifest;

/** Pools token vectors and compares what comes of it. */
final class Vectors {
  private Vectors() {}

  /**
   * One vector for a sequence, not normalised; the mean where the model names no pooling.
   *
   * @param states [tokens of all sequences, hidden]
   * @param first token of the sequence
   * @param tokens of the sequence
   */
  static float[] pooled(ModelManifest model, float[] states, int first, int tokens) {
    ModelManifest.PoolingSpec pooling = model.pooling();
    String mode = pooling == null ? "mean" : pooling.mode();
    int width = model.hiddenSize();
    float[] vector = new float[width];
    for (int i = 0; i < tokens; i++) {
      float weight =
          switch (mode) {
            case "cls" -> i == 0 ? 1 : 0;
            case "last_token" -> i == tokens - 1 ? 1 : 0;
            case "weighted_mean" -> i + 1;
            default -> 1;
          };
      for (int j = 0; j < width; j++) {
        float value = states[(first + i) * width + j];
        if (mode.equals("max")) {
          vector[j] = i == 0 ? value : Math.max(vector[j], value);
        } else {
          vector[j] += weight * value;
        }
      }
    }
    return vector;
  }

  static double cosine(float[] a, float[] b) {
    double product = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return product / Math.sqrt(aa * bb);
  }
}
