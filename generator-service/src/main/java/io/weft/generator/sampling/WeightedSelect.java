package io.weft.generator.sampling;

/** Quickselect by weight: finds where a descending order would reach a sum, without sorting. */
final class WeightedSelect {
  private WeightedSelect() {}

  /**
   * The largest key such that the weights of all keys at least as large sum to {@code target}; the
   * smallest key when all weights together do not. Reorders the first {@code count} elements of
   * both arrays; takes time linear in their number on average.
   *
   * @param keys no NaN among them
   * @param weights of the keys, not negative
   * @param count at least 1
   * @param target more than 0
   */
  static float keyAtSum(float[] keys, float[] weights, int count, double target) {
    int from = 0;
    int to = count - 1;
    double missing = target;
    while (true) {
      float pivot = median(keys[from], keys[(from + to) >>> 1], keys[to]);
      double above = 0;
      double equal = 0;
      int larger = from;
      int smaller = to;
      int i = from;
      while (i <= smaller) {
        if (keys[i] > pivot) {
          above += weights[i];
          swap(keys, weights, larger++, i++);
        } else if (keys[i] < pivot) {
          swap(keys, weights, i, smaller--);
        } else {
          equal += weights[i++];
        }
      }
      if (above >= missing) {
        to = larger - 1;
      } else if (above + equal >= missing || smaller == to) {
        return pivot;
      } else {
        missing -= above + equal;
        from = smaller + 1;
      }
    }
  }

  private static float median(float a, float b, float c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }

  private static void swap(float[] keys, float[] weights, int i, int j) {
    float key = keys[i];
    keys[i] = keys[j];
    keys[j] = key;
    float weight = weights[i];
    weights[i] = weights[j];
    weights[j] = weight;
  }
}
