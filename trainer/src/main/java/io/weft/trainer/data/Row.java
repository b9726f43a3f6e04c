package io.weft.trainer.data;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of a data file.
 *
 * @param line where it begins, from 1
 * @param text the words joined by spaces where the row has words
 * @param pair the second text; null without one
 * @param words of a tagged row, one a tag; empty otherwise
 * @param labels one, any number, or one a word, by the task; empty for numbers
 * @param score the number to learn; 0 where labels are learnt
 */
public record Row(
    int line,
    String text,
    @Nullable String pair,
    List<String> words,
    List<String> labels,
    double score) {
  public Row {
    words = List.copyOf(words);
    labels = List.copyOf(labels);
  }
}
