package io.weft.trainer.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The labels of a task, by index: those of the data in alphabetical order, or as given. */
public final class Labels {
  private static final int MAX_LABELS = 1_000;

  private final List<String> names;
  private final Map<String, Integer> indexes = new HashMap<>();

  private Labels(List<String> names) {
    this.names = List.copyOf(names);
    for (String name : names) {
      indexes.put(name, indexes.size());
    }
  }

  /** Names by index; one name for a task that learns a number. */
  public List<String> names() {
    return names;
  }

  public int size() {
    return names.size();
  }

  /** Index of a label of the data, or of the number that the data has in place of its name. */
  public int index(String label) {
    Integer index = indexes.get(label);
    return index == null ? Integer.parseInt(label) : index;
  }

  /**
   * Finds the labels and checks all rows against them.
   *
   * @param given null takes those of the training data; where the data has numbers in their place,
   *     they are indexes
   * @throws DataException when a row has a label that is not among them, or there is nothing to
   *     tell apart
   */
  public static Labels of(Task task, @Nullable List<String> given, DataFiles.Parts parts) {
    if (!task.hasLabels()) {
      if (given != null) {
        throw new DataException("task %s learns a number and has no labels".formatted(task));
      }
      checkSpread(parts.train());
      return new Labels(List.of("score"));
    }
    Set<String> used = new TreeSet<>();
    parts.train().rows().forEach(row -> used.addAll(row.labels()));
    Labels labels = new Labels(given == null ? List.copyOf(used) : checkGiven(given));
    if (labels.size() > MAX_LABELS) {
      throw new DataException("%,d labels > %,d".formatted(labels.size(), MAX_LABELS));
    }
    labels.check(parts.train());
    if (parts.validation() != null) {
      labels.check(parts.validation());
    }
    if (parts.test() != null) {
      labels.check(parts.test());
    }
    labels.checkClasses(task, parts.train());
    return labels;
  }

  private static List<String> checkGiven(List<String> given) {
    if (given.stream().anyMatch(String::isBlank) || new HashSet<>(given).size() < given.size()) {
      throw new DataException("the labels that were given are empty or not all different");
    }
    return given;
  }

  private void check(DataSet data) {
    Problems problems = new Problems(data.file());
    for (Row row : data.rows()) {
      for (String label : row.labels()) {
        if (!isKnown(label)) {
          problems.add(
              row.line(), "the label '%s' is unknown; known: %s".formatted(label, shown(names)));
          break;
        }
      }
    }
    problems.throwIfAny();
  }

  private boolean isKnown(String label) {
    return indexes.containsKey(label)
        || (label.matches("\\d{1,4}") && Integer.parseInt(label) < names.size());
  }

  private void checkClasses(Task task, DataSet data) {
    Set<Integer> used = new HashSet<>();
    data.rows().forEach(row -> row.labels().forEach(label -> used.add(index(label))));
    int least = task == Task.MULTI_LABEL ? 1 : 2;
    if (used.size() < least) {
      throw new DataException(
          used.isEmpty()
              ? "%s: no row has a label".formatted(data.file())
              : "%s: all %,d rows have the label '%s'; there must be at least 2 to tell apart"
                  .formatted(data.file(), data.size(), names.get(used.iterator().next())));
    }
    List<String> unused = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      if (!used.contains(i)) {
        unused.add(names.get(i));
      }
    }
    if (!unused.isEmpty()) {
      throw new DataException(
          "%s has no row with the label %s, so it cannot be learnt"
              .formatted(data.file(), shown(unused)));
    }
  }

  private static void checkSpread(DataSet data) {
    double first = data.rows().getFirst().score();
    if (data.rows().stream().allMatch(row -> row.score() == first)) {
      throw new DataException(
          "%s: all %,d rows have the score %s; there is nothing to learn"
              .formatted(data.file(), data.size(), first));
    }
  }

  private static String shown(List<String> labels) {
    return labels.size() <= 10
        ? String.join(", ", labels)
        : String.join(", ", labels.subList(0, 10)) + ", ... (%,d)".formatted(labels.size());
  }
}
