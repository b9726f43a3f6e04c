package io.weft.trainer.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds and reads data files: JSONL, CSV, or a folder as data sets of the Hugging Face hub have it,
 * whose files are named after their part ({@code train.jsonl}, {@code
 * data/test-00000-of-00002.csv}).
 */
public final class DataFiles {
  private static final int MAX_ROWS = 1_000_000;
  private static final long MAX_BYTES = 1L << 30;
  private static final List<String> TRAIN = List.of("train");
  private static final List<String> VALIDATION = List.of("validation", "valid", "val", "dev");
  private static final List<String> TEST = List.of("test");

  private final Task task;
  private final Fields fields;

  public DataFiles(Task task, Fields fields) {
    this.task = task;
    this.fields = fields;
  }

  /**
   * The parts of the data.
   *
   * @param validation null where none was given
   * @param test null where none was given
   */
  public record Parts(DataSet train, @Nullable DataSet validation, @Nullable DataSet test) {}

  /**
   * Reads a file, or the parts of a folder; files that are named on their own come before those of
   * the folder.
   *
   * @throws DataException when anything is wrong; the message has the lines
   */
  public Parts read(Path data, @Nullable Path validation, @Nullable Path test) throws IOException {
    if (!Files.isDirectory(data)) {
      return new Parts(file(data), fileOrNull(validation), fileOrNull(test));
    }
    DataSet train = part(data, TRAIN);
    if (train == null) {
      throw new DataException(
          "%s holds no training data: train.jsonl, train.csv, or pieces such as".formatted(data)
              + " train-00000-of-00001.jsonl, in it or in data/");
    }
    return new Parts(
        train,
        validation == null ? part(data, VALIDATION) : file(validation),
        test == null ? part(data, TEST) : file(test));
  }

  private @Nullable DataSet fileOrNull(@Nullable Path path) throws IOException {
    return path == null ? null : file(path);
  }

  private @Nullable DataSet part(Path folder, List<String> names) throws IOException {
    for (String name : names) {
      List<Path> pieces = new ArrayList<>(pieces(folder, name));
      if (pieces.isEmpty() && Files.isDirectory(folder.resolve("data"))) {
        pieces.addAll(pieces(folder.resolve("data"), name));
      }
      if (!pieces.isEmpty()) {
        List<Row> rows = new ArrayList<>();
        for (Path piece : pieces) {
          rows.addAll(file(piece).rows());
        }
        return new DataSet(pieces.getFirst(), rows);
      }
    }
    return null;
  }

  private static List<Path> pieces(Path folder, String name) throws IOException {
    Pattern form = Pattern.compile(name + "([-_.].*)?\\.(jsonl|json|csv|parquet)");
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> form.matcher(String.valueOf(file.getFileName())).matches())
          .sorted()
          .toList();
    }
  }

  private DataSet file(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new DataException("there is no file " + file);
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new DataException(
          "%s has %,d bytes > %,d".formatted(file, Files.size(file), MAX_BYTES));
    }
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    RowCheck check = new RowCheck(task, new Problems(file));
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      if (name.endsWith(".jsonl") || name.endsWith(".json")) {
        new JsonRows(fields, task, check).read(reader, MAX_ROWS);
      } else if (name.endsWith(".csv")) {
        new CsvRows(fields, task, check).read(reader, MAX_ROWS);
      } else {
        throw new DataException(
            "%s is of no known kind; supported: .jsonl (or .json, an object a line), .csv"
                .formatted(file));
      }
    } catch (CharacterCodingException e) {
      throw new DataException(file + " is not UTF-8", e);
    } catch (DataException e) {
      String message = String.valueOf(e.getMessage());
      throw message.contains(name) ? e : new DataException(file.getFileName() + ", " + message, e);
    }
    check.problems().throwIfAny();
    if (check.rows().isEmpty()) {
      throw new DataException(file + " holds no rows");
    }
    return new DataSet(file, check.rows());
  }
}
