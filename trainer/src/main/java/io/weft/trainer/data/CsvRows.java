package io.weft.trainer.data;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads CSV with a header, quoted as RFC 4180 has it. Several labels stand in one column, with
 * semicolons between them; tagged words do not fit into CSV.
 */
final class CsvRows {
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180
          .builder()
          .setHeader()
          .setSkipHeaderRecord(true)
          .setIgnoreEmptyLines(true)
          .get();

  private final Fields fields;
  private final Task task;
  private final RowCheck check;

  CsvRows(Fields fields, Task task, RowCheck check) {
    this.fields = fields;
    this.task = task;
    this.check = check;
  }

  void read(Reader reader, int maxRows) throws IOException {
    if (task == Task.TAG) {
      throw new DataException("tagged words cannot be read from CSV; use JSONL");
    }
    CSVParser parser;
    try {
      parser = FORMAT.parse(reader);
    } catch (IllegalArgumentException e) {
      throw new DataException("line 1: the header is not valid: " + e.getMessage(), e);
    }
    try (parser) {
      for (String column : List.of(fields.text(), fields.label())) {
        if (!parser.getHeaderMap().containsKey(column)) {
          throw new DataException(
              "line 1: there is no column '%s'; columns: %s"
                  .formatted(column, String.join(", ", parser.getHeaderNames())));
        }
      }
      read(parser, maxRows);
    }
  }

  private void read(CSVParser parser, int maxRows) {
    Iterator<CSVRecord> records = parser.iterator();
    int line = 2;
    try {
      while (records.hasNext()) {
        CSVRecord row = records.next();
        if (row.getRecordNumber() > maxRows) {
          check.problems().add(line, "the file has more than %,d rows".formatted(maxRows));
          return;
        }
        read(line, row);
        line = Math.toIntExact(parser.getCurrentLineNumber()) + 1;
      }
    } catch (UncheckedIOException e) {
      check.problems().add(line, "this is not CSV: a quote is not closed or not where it may be");
    }
  }

  private void read(int line, CSVRecord row) {
    if (!row.isConsistent()) {
      check
          .problems()
          .add(
              line,
              "%,d values, the header has %,d columns"
                  .formatted(row.size(), row.getParser().getHeaderNames().size()));
      return;
    }
    String text = row.get(fields.text());
    String label = row.get(fields.label()).strip();
    switch (task) {
      case CLASSIFY -> check.labelled(line, text, pair(row), List.of(label));
      case MULTI_LABEL ->
          check.labelled(
              line,
              text,
              pair(row),
              label.isEmpty()
                  ? List.of()
                  : Arrays.stream(label.split(";", -1)).map(String::strip).toList());
      case SCORE, REGRESSION -> {
        try {
          check.scored(line, text, pair(row), Double.parseDouble(label));
        } catch (NumberFormatException e) {
          check.problems().add(line, "the column '%s' holds no number".formatted(fields.label()));
        }
      }
      case TAG -> throw new IllegalStateException("refused before");
    }
  }

  private @Nullable String pair(CSVRecord row) {
    if (!row.isMapped(fields.pair())) {
      return null;
    }
    String pair = row.get(fields.pair());
    return pair.isEmpty() ? null : pair;
  }
}
