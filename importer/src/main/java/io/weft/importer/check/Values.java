package io.weft.importer.check;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Outputs of a run by name, as flat floats. */
public record Values(Map<String, float[]> byName) {
  /** The output, which was asked for. */
  public float[] get(String name) {
    float[] values = byName.get(name);
    if (values == null) {
      throw new IllegalArgumentException("no output " + name);
    }
    return values;
  }

  /** The output; null when it was not asked for. */
  float @Nullable [] find(String name) {
    return byName.get(name);
  }
}
