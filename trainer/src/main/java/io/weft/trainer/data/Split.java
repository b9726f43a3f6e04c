package io.weft.trainer.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Takes a part of the rows away for validation. Where a row has one label, each label loses the
 * same share; the same seed takes the same rows.
 *
 * @param train what is left, in the order of the file
 * @param validation what was taken, in the order of the file
 */
public record Split(DataSet train, DataSet validation) {
  /**
   * Takes rows away.
   *
   * @param share of the rows to take, in (0, 0.5]
   * @throws DataException when there are too few rows
   */
  public static Split of(DataSet data, Task task, double share, long seed) {
    Map<String, List<Row>> groups = new TreeMap<>();
    for (Row row : data.rows()) {
      String group = task == Task.CLASSIFY ? row.labels().getFirst() : "";
      groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(row);
    }
    Random random = new Random(seed);
    List<Row> taken = new ArrayList<>();
    List<Row> left = new ArrayList<>();
    for (List<Row> group : groups.values()) {
      Collections.shuffle(group, random);
      int count = (int) Math.round(group.size() * share);
      taken.addAll(group.subList(0, count));
      left.addAll(group.subList(count, group.size()));
    }
    if (taken.isEmpty() || left.isEmpty()) {
      throw new DataException(
          "%,d rows are too few to take a share of %s for validation"
              .formatted(data.size(), share));
    }
    return new Split(ordered(data, left), ordered(data, taken));
  }

  private static DataSet ordered(DataSet data, List<Row> rows) {
    Set<Row> chosen = Collections.newSetFromMap(new IdentityHashMap<>());
    chosen.addAll(rows);
    return new DataSet(data.file(), data.rows().stream().filter(chosen::contains).toList());
  }
}
