package io.weft.trainer.text;

import io.weft.trainer.data.DataSet;
import io.weft.trainer.data.Labels;
import io.weft.trainer.data.Row;
import io.weft.trainer.data.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows as a model learns them.
 *
 * @param examples in the order of the rows
 * @param cut how many were longer than the model reads
 */
public record Examples(List<Example> examples, int cut) {
  public Examples {
    examples = List.copyOf(examples);
  }

  /**
   * Turns rows into tokens and goals.
   *
   * @param maxTokens that the tokenizer cuts at
   */
  public static Examples of(
      DataSet data, Task task, Labels labels, TextTokenizer tokenizer, int maxTokens) {
    List<Example> examples = new ArrayList<>(data.size());
    int cut = 0;
    for (Row row : data.rows()) {
      TokenizedText tokens =
          task == Task.TAG
              ? tokenizer.encodeWords(row.words())
              : tokenizer.encode(row.text(), row.pair());
      if (tokens.ids().length == maxTokens) {
        cut++;
      }
      examples.add(
          new Example(
              row.line(),
              tokens.ids(),
              tokens.types(),
              classes(row, task, labels, tokens),
              values(row, task, labels)));
    }
    return new Examples(examples, cut);
  }

  private static int[] classes(Row row, Task task, Labels labels, TokenizedText tokens) {
    return switch (task) {
      case CLASSIFY -> new int[] {labels.index(row.labels().getFirst())};
      case TAG ->
          Arrays.stream(tokens.words())
              .map(word -> word < 0 ? -1 : labels.index(row.labels().get(word)))
              .toArray();
      case MULTI_LABEL, SCORE, REGRESSION -> new int[0];
    };
  }

  private static float[] values(Row row, Task task, Labels labels) {
    return switch (task) {
      case CLASSIFY, TAG -> new float[0];
      case SCORE, REGRESSION -> new float[] {(float) row.score()};
      case MULTI_LABEL -> {
        float[] set = new float[labels.size()];
        row.labels().forEach(label -> set[labels.index(label)] = 1);
        yield set;
      }
    };
  }
}
