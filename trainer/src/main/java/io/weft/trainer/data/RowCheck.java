package io.weft.trainer.data;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a row of what a file says, or says what is wrong with it. Not for several threads. */
final class RowCheck {
  private static final int MAX_TEXT = 1 << 20;
  private static final int MAX_LABEL = 256;
  private static final int MAX_WORDS = 10_000;

  private final Task task;
  private final Problems problems;
  private final List<Row> rows = new ArrayList<>();

  RowCheck(Task task, Problems problems) {
    this.task = task;
    this.problems = problems;
  }

  List<Row> rows() {
    return rows;
  }

  Problems problems() {
    return problems;
  }

  /** A text with labels; {@code pair} is null without one. */
  void labelled(int line, String text, @Nullable String pair, List<String> labels) {
    if (checkText(line, "text", text)
        && (pair == null || checkText(line, "second text", pair))
        && checkLabels(line, labels)) {
      rows.add(new Row(line, text, pair, List.of(), labels, 0));
    }
  }

  /** Words with a tag each. */
  void tagged(int line, List<String> words, List<String> tags) {
    if (words.isEmpty()) {
      problems.add(line, "there are no words");
    } else if (words.size() > MAX_WORDS) {
      problems.add(line, "%,d words > %,d".formatted(words.size(), MAX_WORDS));
    } else if (words.size() != tags.size()) {
      problems.add(line, "%,d words but %,d tags".formatted(words.size(), tags.size()));
    } else if (words.stream().anyMatch(word -> word.isBlank() || word.length() > MAX_LABEL * 16)) {
      problems.add(
          line, "a word is empty or has more than %,d characters".formatted(MAX_LABEL * 16));
    } else if (checkLabels(line, tags)) {
      rows.add(new Row(line, String.join(" ", words), null, words, tags, 0));
    }
  }

  /** A text with a number. */
  void scored(int line, String text, @Nullable String pair, double score) {
    if (!Double.isFinite(score)) {
      problems.add(line, "the score is not a finite number");
    } else if (task == Task.SCORE && (score < 0 || score > 1)) {
      problems.add(line, "the score is %s, it must lie in [0, 1]".formatted(score));
    } else if (Math.abs(score) > 1e6) {
      problems.add(
          line, "the score is %s, it must lie in [-1,000,000, 1,000,000]".formatted(score));
    } else if (checkText(line, "text", text)
        && (pair == null || checkText(line, "second text", pair))) {
      rows.add(new Row(line, text, pair, List.of(), List.of(), score));
    }
  }

  private boolean checkText(int line, String what, String text) {
    if (text.isBlank()) {
      problems.add(line, "the %s is empty".formatted(what));
      return false;
    }
    if (text.length() > MAX_TEXT) {
      problems.add(
          line, "the %s has %,d characters > %,d".formatted(what, text.length(), MAX_TEXT));
      return false;
    }
    return true;
  }

  private boolean checkLabels(int line, List<String> labels) {
    for (String label : labels) {
      if (label.isBlank() || label.length() > MAX_LABEL) {
        problems.add(
            line,
            label.isBlank()
                ? "a label is empty"
                : "a label has %,d characters > %,d".formatted(label.length(), MAX_LABEL));
        return false;
      }
    }
    return true;
  }
}
