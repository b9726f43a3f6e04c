package io.weft.trainer.data;

import java.nio.file.Path;
import java.util.List;

/**
 * The rows of a file, in its order.
 *
 * @param file named in reports
 */
public record DataSet(Path file, List<Row> rows) {
  public DataSet {
    rows = List.copyOf(rows);
  }

  public int size() {
    return rows.size();
  }
}
