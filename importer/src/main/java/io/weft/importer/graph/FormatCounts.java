package io.weft.importer.graph;

import io.weft.importer.checkpoint.Tensor;
import io.weft.runtime.model.ModelManifest.WrittenFormat;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Counts which formats of the checkpoint became which formats of the model folder. */
final class FormatCounts {
  private final Map<Key, Total> totals = new LinkedHashMap<>();

  /**
   * @param format that the parts were written in
   * @param carried whether a part's blocks were carried over as they are
   * @param bytes written, scales and all
   */
  void add(List<Tensor> parts, String format, Predicate<Tensor> carried, long bytes) {
    long values = parts.stream().mapToLong(FormatCounts::values).sum();
    for (Tensor part : parts) {
      Total total =
          totals.computeIfAbsent(
              new Key(part.type().name(), format, carried.test(part)), key -> new Total());
      total.tensors++;
      // Parts of one matrix share its bytes by their size.
      total.bytes += Math.round((double) bytes * values(part) / values);
    }
  }

  private static long values(Tensor tensor) {
    return tensor.rows() * tensor.columns();
  }

  /** One entry for each pair of formats, largest first. */
  List<WrittenFormat> list() {
    List<WrittenFormat> list = new ArrayList<>();
    totals.forEach(
        (key, total) ->
            list.add(
                new WrittenFormat(key.source, key.format, key.exact, total.tensors, total.bytes)));
    list.sort((a, b) -> Long.compare(b.bytes(), a.bytes()));
    return list;
  }

  private record Key(String source, String format, boolean exact) {}

  private static final class Total {
    private int tensors;
    private long bytes;
  }
}
