package io.weft.trainer.report;

import io.weft.trainer.data.DataSet;
import io.weft.trainer.data.Row;
import io.weft.trainer.data.Task;
import io.weft.trainer.train.Doubts;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** {@code doubted.csv}: the training rows that the model doubted most, for a person to look at. */
public final class DoubtReport {
  private static final int MOST = 100;
  private static final int TEXT = 160;

  private DoubtReport() {}

  /**
   * Writes the report.
   *
   * @param labels by index
   * @return lines of the most doubted rows, the most doubted first
   */
  public static List<Integer> write(
      Path file, Task task, DataSet data, Doubts doubts, List<String> labels) throws IOException {
    List<Integer> order =
        IntStream.range(0, doubts.rows())
            .boxed()
            .sorted(Comparator.comparingDouble((Integer row) -> -doubts.mean(row)))
            .limit(MOST)
            .toList();
    try (Writer writer = Files.newBufferedWriter(file);
        CSVPrinter csv = new CSVPrinter(writer, CSVFormat.RFC4180)) {
      csv.printRecord("line", "doubt", "given", "guess", "text");
      for (int index : order) {
        Row row = data.rows().get(index);
        csv.printRecord(
            row.line(),
            String.format(Locale.ROOT, "%.4f", doubts.mean(index)),
            task.hasLabels() ? String.join(";", row.labels()) : row.score(),
            guess(task, doubts.guess(index), labels),
            shown(row));
      }
    }
    return order.stream().map(index -> data.rows().get(index).line()).toList();
  }

  private static String guess(Task task, float guess, List<String> labels) {
    return task.hasLabels() ? labels.get((int) guess) : String.format(Locale.ROOT, "%.4f", guess);
  }

  private static String shown(Row row) {
    String text = row.pair() == null ? row.text() : row.text() + " | " + row.pair();
    return text.length() <= TEXT ? text : text.substring(0, TEXT) + " ...";
  }
}
