package io.weft.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataFilesTest {
  @TempDir Path folder;

  @Test
  void readsJsonLinesOfEveryTask() throws IOException {
    assertThat(
            rows(
                Task.CLASSIFY,
                "{\"id\": 7, \"text\": \"good\", \"label\": \"pos\"}",
                "",
                "{\"text\": \"bad\", \"text_pair\": \"film\", \"label\": 0}"))
        .containsExactly(
            new Row(1, "good", null, List.of(), List.of("pos"), 0),
            new Row(3, "bad", "film", List.of(), List.of("0"), 0));
    assertThat(rows(Task.MULTI_LABEL, "{\"text\": \"a\", \"labels\": [\"x\", \"y\"]}"))
        .containsExactly(new Row(1, "a", null, List.of(), List.of("x", "y"), 0));
    assertThat(rows(Task.TAG, "{\"tokens\": [\"New\", \"York\"], \"tags\": [\"B\", \"I\"]}"))
        .containsExactly(
            new Row(1, "New York", null, List.of("New", "York"), List.of("B", "I"), 0));
    assertThat(rows(Task.SCORE, "{\"text\": \"a\", \"text_pair\": \"b\", \"score\": 0.25}"))
        .containsExactly(new Row(1, "a", "b", List.of(), List.of(), 0.25));
  }

  @Test
  void readsCsvWithQuotesAndTellsWhereRowsBegin() throws IOException {
    Path file =
        write("rows.csv", "label,text", "pos,\"two", "lines, and \"\"quotes\"\"\"", "neg,plain");

    assertThat(read(Task.CLASSIFY, file).rows())
        .containsExactly(
            new Row(2, "two\nlines, and \"quotes\"", null, List.of(), List.of("pos"), 0),
            new Row(4, "plain", null, List.of(), List.of("neg"), 0));
    assertThat(read(Task.MULTI_LABEL, write("m.csv", "text,labels", "a,x; y", "b,")).rows())
        .extracting(Row::labels)
        .containsExactly(List.of("x", "y"), List.of());
    assertThat(read(Task.REGRESSION, write("r.csv", "text,score", "a,-1.5")).rows())
        .extracting(Row::score)
        .containsExactly(-1.5);
  }

  @Test
  void readsAFolderAsTheHubHasThem() throws IOException {
    Files.createDirectory(folder.resolve("data"));
    write("data/train-00000-of-00002.jsonl", row("a", "x"));
    write("data/train-00001-of-00002.jsonl", row("b", "y"));
    write("data/validation-00000-of-00001.csv", "text,label", "c,x");
    write("data/test.jsonl", row("d", "y"));

    DataFiles.Parts parts =
        new DataFiles(Task.CLASSIFY, Fields.of(Task.CLASSIFY)).read(folder, null, null);

    assertThat(parts.train().rows()).extracting(Row::text).containsExactly("a", "b");
    assertThat(parts.validation().rows()).extracting(Row::text).containsExactly("c");
    assertThat(parts.test().rows()).extracting(Row::text).containsExactly("d");
  }

  @Test
  void namesTheLineOfWhatIsNotJson() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      lines.add(i == 16 ? "{\"text\": \"cut" : row("text " + i, "x"));
    }
    assertProblem(Task.CLASSIFY, lines, "rows.jsonl, line 17: this is not JSON, at column 14");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"text\": \"  \", \"label\": \"x\"}|the text is empty",
        "{\"label\": \"x\"}|the field 'text' is missing",
        "{\"text\": \"a\"}|the field 'label' must be a text or a number",
        "{\"text\": 5, \"label\": \"x\"}|the field 'text' must be a text",
        "{\"text\": \"a\", \"label\": [\"x\"]}|the field 'label' must be a text or a number",
        "{\"text\": \"a\", \"label\": \" \"}|a label is empty",
        "[1]|this is no JSON object",
        "{\"text\": \"a\", \"text\": \"b\", \"label\": \"x\"}|this is not JSON, at column 22",
        "{\"text\": \"a\", \"label\": \"x\"} {}|this is not JSON, at column 29",
      })
  void saysWhatIsWrongWithARow(String line, String problem) throws IOException {
    String wanted = line.equals("{\"text\": \"a\"}") ? "the field 'label' is missing" : problem;
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> rows(Task.CLASSIFY, row("ok", "x"), line))
        .withMessageStartingWith("rows.jsonl, line 2: " + wanted.split(", at", -1)[0]);
  }

  @Test
  void collectsTenProblemsAndCountsTheRest() throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      lines.add(row("", "x"));
    }
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> rows(Task.CLASSIFY, lines.toArray(new String[0])))
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(11))
        .withMessageEndingWith("... and 15 more");
  }

  @Test
  void saysWhatIsWrongWithTagsScoresAndColumns() throws IOException {
    assertProblem(
        Task.TAG,
        List.of("{\"tokens\": [\"a\", \"b\"], \"tags\": [\"x\"]}"),
        "rows.jsonl, line 1: 2 words but 1 tags");
    assertProblem(
        Task.SCORE,
        List.of("{\"text\": \"a\", \"score\": 1.5}"),
        "rows.jsonl, line 1: the score is 1.5, it must lie in [0, 1]");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> read(Task.CLASSIFY, write("a.csv", "text,kind", "a,b")))
        .withMessage("a.csv, line 1: there is no column 'label'; columns: text, kind");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> read(Task.CLASSIFY, write("b.csv", "text,label", "a,b", "c")))
        .withMessage("b.csv, line 3: 1 values, the header has 2 columns");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> read(Task.CLASSIFY, write("c.csv", "text,label", "a,b", "\"c,d")))
        .withMessageStartingWith("c.csv, line 3: this is not CSV");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> read(Task.CLASSIFY, write("d.parquet", "PAR1")))
        .withMessageContaining("d.parquet is of no known kind");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> read(Task.CLASSIFY, write("e.jsonl", "", "")))
        .withMessageEndingWith("e.jsonl holds no rows");
    Files.write(
        folder.resolve("f.jsonl"), "{\"text\": \"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1));
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> read(Task.CLASSIFY, folder.resolve("f.jsonl")))
        .withMessageEndingWith("f.jsonl is not UTF-8");
  }

  private void assertProblem(Task task, List<String> lines, String problem) {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> rows(task, lines.toArray(new String[0])))
        .withMessage(problem);
  }

  private List<Row> rows(Task task, String... lines) throws IOException {
    return read(task, write("rows.jsonl", lines)).rows();
  }

  private static DataSet read(Task task, Path file) throws IOException {
    return new DataFiles(task, Fields.of(task)).read(file, null, null).train();
  }

  private Path write(String name, String... lines) throws IOException {
    return Files.writeString(folder.resolve(name), String.join("\n", lines) + "\n");
  }

  private static String row(String text, String label) {
    return "{\"text\": \"%s\", \"label\": \"%s\"}".formatted(text, label);
  }
}
