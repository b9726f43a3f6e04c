package io.weft.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.weft.trainer.text.Example;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sequences side by side, filled up to the longest.
 *
 * @param ids (B,L) int64
 * @param types (B,L) int64
 * @param mask (B,1,1,L), 0 at tokens and the least float at filling; null where nothing is filled
 */
public record TokenBatch(NDArray ids, NDArray types, @Nullable NDArray mask) {
  /**
   * Puts examples side by side.
   *
   * @param padding the token to fill up with; it has no influence, but must be in the vocabulary
   */
  public static TokenBatch of(NDManager manager, List<Example> examples, int padding) {
    int rows = examples.size();
    int length = longest(examples);
    long[] ids = new long[rows * length];
    long[] types = new long[rows * length];
    float[] mask = new float[rows * length];
    boolean filled = false;
    for (int row = 0; row < rows; row++) {
      Example example = examples.get(row);
      for (int i = 0; i < length; i++) {
        int at = row * length + i;
        boolean token = i < example.length();
        ids[at] = token ? example.ids()[i] : padding;
        types[at] = token ? example.types()[i] : 0;
        mask[at] = token ? 0 : -Float.MAX_VALUE;
        filled |= !token;
      }
    }
    Shape shape = new Shape(rows, length);
    return new TokenBatch(
        OwnedArrays.of(manager, ids, shape),
        OwnedArrays.of(manager, types, shape),
        filled ? OwnedArrays.of(manager, mask, new Shape(rows, 1, 1, length)) : null);
  }

  /** Tokens of the longest example. */
  public static int longest(List<Example> examples) {
    return examples.stream().mapToInt(Example::length).max().orElse(0);
  }
}
