package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.util.List;

/**
 * Rotary position embedding (Su et al., arXiv 2104.09864): pair i of a head's first {@code width}
 * values, element i and element {@code width / 2 + i}, is turned by position times frequency i.
 *
 * @param width values of a head that are turned; the rest pass as they are
 * @param frequencies [width / 2], in radians a position
 * @param scale of the turned values
 */
public record RotaryEmbedding(int width, List<Float> frequencies, float scale) {
  public RotaryEmbedding {
    frequencies = List.copyOf(frequencies);
    if (width < 2 || width % 2 != 0 || frequencies.size() != width / 2) {
      throw new ImportException(
          "%d rotary frequencies for a width of %d".formatted(frequencies.size(), width));
    }
  }

  /** Refuses a width or a head size that the graphs cannot turn. */
  void check(int headSize) {
    if (headSize % 16 != 0) {
      throw new ImportException(
          "the head size is %d, with rotary positions it must be a multiple of 16"
              .formatted(headSize));
    }
    if (width > headSize) {
      throw new ImportException(
          "the rotary width is %d, the head size %d".formatted(width, headSize));
    }
  }
}
