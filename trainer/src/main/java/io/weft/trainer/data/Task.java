package io.weft.trainer.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What is learnt. */
public enum Task {
  /** One label a text, or a pair of texts: softmax, cross-entropy. */
  CLASSIFY,
  /** Any number of labels a text: a sigmoid a label, binary cross-entropy. */
  MULTI_LABEL,
  /** A tag a word: softmax, cross-entropy over the words' first tokens. */
  TAG,
  /** A relevance in [0, 1], mostly of a pair: one sigmoid, binary cross-entropy. */
  SCORE,
  /** Any number: squared error. */
  REGRESSION;

  /** The name on the command line, {@code multi-label}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether labels are learnt, not a number. */
  public boolean hasLabels() {
    return this == CLASSIFY || this == MULTI_LABEL || this == TAG;
  }

  /**
   * The task of that name.
   *
   * @throws DataException when there is none
   */
  public static Task parse(String name) {
    for (Task task : values()) {
      if (task.toString().equals(name)) {
        return task;
      }
    }
    throw new DataException(
        "there is no task '%s'; tasks: %s"
            .formatted(
                name,
                Arrays.stream(values()).map(Task::toString).collect(Collectors.joining(", "))));
  }
}
