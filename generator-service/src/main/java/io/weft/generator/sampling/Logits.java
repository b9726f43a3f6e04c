package io.weft.generator.sampling;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The logits of one position, shape (vocabulary), with the scratch memory to choose from them. One
 * object serves one row after the other: fill {@link #values}, {@link #add} and {@link #ban}, then
 * {@link #scan}, then ask.
 *
 * <p>The largest logit of each block of 256 is kept, so that most questions look only at the few
 * blocks that matter. Mutable; belongs to one thread.
 */
public final class Logits {
  private static final int BLOCK = 256;
  private static final int RANGES = 256;

  private final float[] values;
  private final float[] blockMax;
  private final float[] weights;
  private final double[] blockSums;
  private final double[] rangeSums = new double[RANGES];

  /** Scratch of selections. */
  private final float[] keys;

  private final float[] keyWeights;

  private float max;

  /**
   * @param vocabulary number of logits, at least 1
   */
  public Logits(int vocabulary) {
    int blocks = (vocabulary + BLOCK - 1) / BLOCK;
    this.values = new float[vocabulary];
    this.blockMax = new float[blocks];
    this.weights = new float[vocabulary];
    this.blockSums = new double[blocks];
    this.keys = new float[vocabulary];
    this.keyWeights = new float[vocabulary];
  }

  /** The array to fill with a row. */
  public float[] values() {
    return values;
  }

  /** Adds to one logit, before {@link #scan}. */
  void add(int id, float bias) {
    values[id] += bias;
  }

  /** Makes a token impossible, before {@link #scan}. */
  public void ban(int id) {
    values[id] = Float.NEGATIVE_INFINITY;
  }

  /**
   * Makes all tokens impossible but some, before {@link #scan}.
   *
   * @param allowed bit {@code id % 64} of word {@code id / 64} for those that stay possible; ids
   *     past its end do not
   * @param others ids that stay possible too
   */
  public void keepOnly(long[] allowed, Set<Integer> others) {
    Map<Integer, Float> kept = new HashMap<>();
    others.forEach(id -> kept.put(id, values[id]));
    for (int word = 0; word < allowed.length; word++) {
      int from = word * 64;
      int to = Math.min(values.length, from + 64);
      if (allowed[word] == 0) {
        Arrays.fill(values, from, to, Float.NEGATIVE_INFINITY);
      } else if (allowed[word] != -1L) {
        for (int id = from; id < to; id++) {
          if ((allowed[word] >>> id & 1) == 0) {
            values[id] = Float.NEGATIVE_INFINITY;
          }
        }
      }
    }
    int end = Math.min(values.length, allowed.length * 64);
    Arrays.fill(values, end, values.length, Float.NEGATIVE_INFINITY);
    kept.forEach((id, value) -> values[id] = value);
  }

  /**
   * Looks through the values.
   *
   * @return false when there is NaN or positive infinity among them, or nothing but negative
   *     infinity: no token can be chosen. Negative infinity is a probability of 0
   */
  public boolean scan() {
    max = Float.NEGATIVE_INFINITY;
    for (int b = 0; b < blockMax.length; b++) {
      float largest = Float.NEGATIVE_INFINITY;
      int end = end(b);
      for (int i = b * BLOCK; i < end; i++) {
        // Math.max passes NaN on.
        largest = Math.max(largest, values[i]);
      }
      blockMax[b] = largest;
      max = Math.max(max, largest);
    }
    return Float.isFinite(max);
  }

  /** Whether the last scan found no token that is possible at all, but nothing broken. */
  public boolean isImpossible() {
    return max == Float.NEGATIVE_INFINITY;
  }

  float max() {
    return max;
  }

  /** One logit. */
  public float value(int id) {
    return values[id];
  }

  int size() {
    return values.length;
  }

  /** The id with the largest logit, the lowest of equals. */
  int argMax() {
    int b = 0;
    while (blockMax[b] != max) {
      b++;
    }
    int i = b * BLOCK;
    while (values[i] != max) {
      i++;
    }
    return i;
  }

  /**
   * The k-th largest logit.
   *
   * @param k 1 to the number of logits
   */
  float kthLargest(int k) {
    float cut = Float.NEGATIVE_INFINITY;
    if (k <= blockMax.length) {
      // At least k logits are as large as the k-th largest block maximum.
      System.arraycopy(blockMax, 0, keys, 0, blockMax.length);
      cut = kthLargestKey(blockMax.length, k);
    }
    return kthLargestKey(gather(cut), k);
  }

  /** Ids of all logits of at least {@code cut}, ascending. */
  int[] idsFrom(float cut) {
    int[] ids = new int[gather(cut)];
    int count = 0;
    for (int b = 0; b < blockMax.length; b++) {
      if (blockMax[b] >= cut) {
        for (int i = b * BLOCK; i < end(b); i++) {
          if (values[i] >= cut) {
            ids[count++] = i;
          }
        }
      }
    }
    return ids;
  }

  /**
   * Ids of the largest logits, ascending; the lowest of equals, and none that is impossible.
   *
   * @param most how many, at least 1
   */
  public int[] likeliest(int most) {
    float cut = Math.max(kthLargest(Math.min(most, values.length)), -Float.MAX_VALUE);
    int[] ids = idsFrom(cut);
    int spare = ids.length - most;
    if (spare <= 0) {
      return ids;
    }
    int kept = ids.length;
    for (int i = ids.length - 1; spare > 0; i--) {
      if (values[ids[i]] == cut) {
        System.arraycopy(ids, i + 1, ids, i, --kept - i);
        spare--;
      }
    }
    return Arrays.copyOf(ids, kept);
  }

  /** Natural logarithm of the sum of all e^logit, after {@link #scan}. */
  double logSum() {
    return max + Math.log(weigh(max + Exponential.LOWEST, 1));
  }

  /** Makes each logit the logarithm of its probability, after {@link #scan}; scan again then. */
  public void toLogProbabilities() {
    float sum = (float) logSum();
    for (int i = 0; i < values.length; i++) {
      values[i] -= sum;
    }
  }

  /**
   * Sums e^((logit - max) / temperature) over all logits of at least {@code cut}. A following
   * {@link #idAtSum} or {@link #cutAtSum} asks about these weights.
   */
  double weigh(float cut, float temperature) {
    double sum = 0;
    for (int b = 0; b < blockMax.length; b++) {
      blockSums[b] = blockMax[b] >= cut ? weighBlock(b, cut, temperature) : 0;
      sum += blockSums[b];
    }
    return sum;
  }

  /** The weight of one logit, after {@link #weigh} with a cut that keeps it. */
  float weight(int id) {
    return weights[id];
  }

  /**
   * The logit down to which the weights of those from {@code cut} up, the largest first, reach
   * {@code sum}. They are summed by ranges of logits first; only the range in which the sum is
   * reached is looked at more closely.
   */
  float cutAtSum(float cut, double sum) {
    float scale = RANGES / (max - cut);
    Arrays.fill(rangeSums, 0);
    for (int b = 0; b < blockMax.length; b++) {
      if (blockMax[b] >= cut) {
        for (int i = b * BLOCK; i < end(b); i++) {
          if (values[i] >= cut) {
            rangeSums[range(values[i], scale)] += weights[i];
          }
        }
      }
    }
    double left = sum;
    for (int range = 0; range < RANGES; range++) {
      if (rangeSums[range] >= left) {
        int count = gatherRange(range, cut, scale);
        return WeightedSelect.keyAtSum(keys, keyWeights, count, left);
      }
      left -= rangeSums[range];
    }
    // By rounding all of them together fall a hair short.
    return cut;
  }

  /**
   * The id at which the weights of the logits from {@code cut} up, ids ascending, pass {@code sum}.
   */
  int idAtSum(float cut, double sum) {
    double left = sum;
    int block = 0;
    for (int b = 0; b < blockMax.length; b++) {
      if (blockMax[b] >= cut) {
        block = b;
        if (left < blockSums[b]) {
          break;
        }
        left -= blockSums[b];
      }
    }
    int id = -1;
    for (int i = block * BLOCK; i < end(block); i++) {
      if (values[i] >= cut) {
        id = i;
        left -= weights[i];
        if (left < 0) {
          break;
        }
      }
    }
    return id;
  }

  /**
   * Sums weight × (max - logit) over all logits of at least {@code cut}, after {@link #weigh} with
   * this cut.
   */
  double weightedDepth(float cut) {
    double sum = 0;
    for (int b = 0; b < blockMax.length; b++) {
      if (blockMax[b] >= cut) {
        for (int i = b * BLOCK; i < end(b); i++) {
          if (values[i] >= cut) {
            sum += (double) weights[i] * (max - values[i]);
          }
        }
      }
    }
    return sum;
  }

  /**
   * The distance up to which the weights of the logits from {@code cut} up, those first whose depth
   * is closest to {@code center}, reach {@code sum}. After {@link #weigh}.
   *
   * @param center a depth: (max - logit) / temperature
   */
  float distanceAtSum(float cut, float temperature, double center, double sum) {
    int count = gather(cut);
    for (int i = 0; i < count; i++) {
      keys[i] = -distance(keys[i], temperature, (float) center);
    }
    return -WeightedSelect.keyAtSum(keys, keyWeights, count, sum);
  }

  /**
   * Makes those logits from {@code cut} up impossible whose depth is further from {@code center}
   * than {@code distance}, and scans what is left; the largest may be another then.
   */
  void keepWithin(float cut, float temperature, double center, float distance) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int b = 0; b < blockMax.length; b++) {
      if (blockMax[b] >= cut) {
        float blockLargest = Float.NEGATIVE_INFINITY;
        for (int i = b * BLOCK; i < end(b); i++) {
          if (values[i] >= cut && distance(values[i], temperature, (float) center) > distance) {
            values[i] = Float.NEGATIVE_INFINITY;
          }
          blockLargest = Math.max(blockLargest, values[i]);
        }
        blockMax[b] = blockLargest;
      }
      largest = Math.max(largest, blockMax[b]);
    }
    max = largest;
  }

  private float distance(float value, float temperature, float center) {
    return Math.abs((max - value) / temperature - center);
  }

  private double weighBlock(int block, float cut, float temperature) {
    int from = block * BLOCK;
    int to = end(block);
    Exponential.apply(values, weights, from, to, max, temperature);
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i] >= cut ? weights[i] : 0;
    }
    return sum;
  }

  /** Copies logits of at least {@code cut} and their weights into the scratch; returns how many. */
  private int gather(float cut) {
    int count = 0;
    for (int b = 0; b < blockMax.length; b++) {
      if (blockMax[b] >= cut) {
        for (int i = b * BLOCK; i < end(b); i++) {
          if (values[i] >= cut) {
            keys[count] = values[i];
            keyWeights[count++] = weights[i];
          }
        }
      }
    }
    return count;
  }

  private int gatherRange(int range, float cut, float scale) {
    int count = 0;
    for (int b = 0; b < blockMax.length; b++) {
      if (blockMax[b] >= cut) {
        for (int i = b * BLOCK; i < end(b); i++) {
          if (values[i] >= cut && range(values[i], scale) == range) {
            keys[count] = values[i];
            keyWeights[count++] = weights[i];
          }
        }
      }
    }
    return count;
  }

  private float kthLargestKey(int count, int k) {
    Arrays.fill(keyWeights, 0, count, 1);
    return WeightedSelect.keyAtSum(keys, keyWeights, count, k);
  }

  /** Which of the ranges between the largest logit and a cut a logit lies in. */
  private int range(float value, float scale) {
    return Math.min(RANGES - 1, (int) ((max - value) * scale));
  }

  private int end(int block) {
    return Math.min(values.length, (block + 1) * BLOCK);
  }
}
