package io.weft.encoder.task;

import io.weft.encoder.model.SequenceStates;

/**
 * How the token vectors of a sequence become one; the modes and their definitions are those of
 * sentence-transformers' Pooling module. All tokens count, special tokens too.
 */
public enum PoolingMode {
  /** The first token's vector. */
  CLS,
  /** The mean over all tokens. */
  MEAN,
  /** The largest value of each dimension. */
  MAX,
  /** The last token's vector. */
  LAST_TOKEN,
  /** The mean weighted by position, 1 for the first token. */
  WEIGHTED_MEAN;

  /**
   * The mode that a model folder names.
   *
   * @throws IllegalArgumentException for a name that this version does not know
   */
  public static PoolingMode ofManifest(String name) {
    return switch (name) {
      case "cls" -> CLS;
      case "mean" -> MEAN;
      case "max" -> MAX;
      case "last_token" -> LAST_TOKEN;
      case "weighted_mean" -> WEIGHTED_MEAN;
      default -> throw new IllegalArgumentException("unknown pooling mode " + name);
    };
  }

  /** Pools the states of a sequence, shape (tokens, hidden size), into shape (hidden size). */
  public float[] pool(SequenceStates states) {
    float[] pooled = new float[states.hiddenSize()];
    switch (this) {
      case CLS -> states.copyToken(0, pooled);
      case LAST_TOKEN -> states.copyToken(states.tokens() - 1, pooled);
      case MAX -> max(states, pooled);
      case MEAN -> mean(states, pooled, false);
      case WEIGHTED_MEAN -> mean(states, pooled, true);
    }
    return pooled;
  }

  private static void max(SequenceStates states, float[] pooled) {
    float[] row = new float[pooled.length];
    states.copyToken(0, pooled);
    for (int token = 1; token < states.tokens(); token++) {
      states.copyToken(token, row);
      for (int i = 0; i < row.length; i++) {
        pooled[i] = Math.max(pooled[i], row[i]);
      }
    }
  }

  private static void mean(SequenceStates states, float[] pooled, boolean byPosition) {
    float[] row = new float[pooled.length];
    float weights = 0;
    for (int token = 0; token < states.tokens(); token++) {
      float weight = byPosition ? token + 1 : 1;
      weights += weight;
      states.copyToken(token, row);
      for (int i = 0; i < row.length; i++) {
        pooled[i] += weight * row[i];
      }
    }
    for (int i = 0; i < pooled.length; i++) {
      pooled[i] /= weights;
    }
  }
}
