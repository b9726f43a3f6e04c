package io.weft.trainer.report;

import io.weft.trainer.data.Task;
import io.weft.trainer.train.Evaluation;
import java.util.List;
import java.util.Locale;

/** A confusion matrix as text: a row a given label, a column a guessed one. */
public final class Confusion {
  private static final int MOST = 12;
  private static final int NAME = 14;

  private Confusion() {}

  /** The table; empty for numbers, and for more labels than fit on a screen. */
  public static String table(Task task, Evaluation evaluation, List<String> labels) {
    if (!task.hasLabels() || labels.size() > MOST) {
      return "";
    }
    StringBuilder table = new StringBuilder();
    List<String> columns =
        task == Task.MULTI_LABEL ? List.of("neither", "guessed", "missed", "right") : labels;
    table.append(cell("given \\ guess"));
    columns.forEach(column -> table.append(cell(column)));
    for (int i = 0; i < labels.size(); i++) {
      table.append(System.lineSeparator()).append(cell(labels.get(i)));
      for (long count : evaluation.confusion()[i]) {
        table.append(cell(String.format(Locale.ROOT, "%,d", count)));
      }
    }
    return table.toString();
  }

  private static String cell(String text) {
    String shown = text.length() > NAME ? text.substring(0, NAME - 1) + "…" : text;
    return " ".repeat(NAME + 1 - shown.length()) + shown;
  }
}
