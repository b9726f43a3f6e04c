package io.weft.importer.checkpoint;

import java.util.ArrayList;
import java.util.List;

/** Small helpers around float arrays. */
final class Floats {
  private Floats() {}

  /** A list with the same elements. */
  static List<Float> asList(float[] values) {
    List<Float> list = new ArrayList<>(values.length);
    for (float value : values) {
      list.add(value);
    }
    return list;
  }
}
