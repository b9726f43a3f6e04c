package io.weft.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelsTest {
  @Test
  void areThoseOfTheDataInOrder() {
    Labels labels = Labels.of(Task.CLASSIFY, null, parts(data("pos", "neg", "pos")));

    assertThat(labels.names()).containsExactly("neg", "pos");
    assertThat(labels.index("pos")).isEqualTo(1);
  }

  @Test
  void givenOnesStandForNumbersOfTheData() {
    Labels labels = Labels.of(Task.CLASSIFY, List.of("neg", "pos"), parts(data("0", "1", "1")));

    assertThat(labels.names()).containsExactly("neg", "pos");
    assertThat(labels.index("1")).isEqualTo(1);
  }

  @Test
  void refusesUnknownLabelsOneClassAndNone() {
    assertRefused(
        Task.CLASSIFY,
        List.of("neg", "pos"),
        parts(data("neg", "pos", "positive")),
        "rows.jsonl, line 3: the label 'positive' is unknown; known: neg, pos");
    assertRefused(
        Task.CLASSIFY,
        null,
        new DataFiles.Parts(data("neg", "pos"), data("neg", "mixed"), null),
        "rows.jsonl, line 2: the label 'mixed' is unknown; known: neg, pos");
    assertRefused(
        Task.CLASSIFY,
        null,
        parts(data("pos", "pos")),
        "rows.jsonl: all 2 rows have the label 'pos'; there must be at least 2 to tell apart");
    assertRefused(
        Task.CLASSIFY,
        List.of("a", "b", "c"),
        parts(data("a", "b")),
        "rows.jsonl has no row with the label c, so it cannot be learnt");
    DataSet unlabelled =
        new DataSet(Path.of("rows.jsonl"), List.of(new Row(1, "a", null, List.of(), List.of(), 0)));
    assertRefused(Task.MULTI_LABEL, null, parts(unlabelled), "rows.jsonl: no row has a label");
    assertRefused(
        Task.REGRESSION,
        null,
        parts(unlabelled),
        "rows.jsonl: all 1 rows have the score 0.0; there is nothing to learn");
  }

  @Test
  void splitsEachLabelAlikeAndTheSameWayForASeed() {
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      many.add(i % 4 == 0 ? "rare" : "usual");
    }
    DataSet data = data(many.toArray(new String[0]));
    Split split = Split.of(data, Task.CLASSIFY, 0.2, 5);

    assertThat(split.train().size()).isEqualTo(80);
    assertThat(split.validation().rows()).filteredOn(r -> r.labels().contains("rare")).hasSize(5);
    assertThat(split.validation().rows()).extracting(Row::line).isSorted();
    assertThat(split).isEqualTo(Split.of(data, Task.CLASSIFY, 0.2, 5));
    assertThat(split).isNotEqualTo(Split.of(data, Task.CLASSIFY, 0.2, 6));
    assertThat(split.train().rows()).doesNotContainAnyElementsOf(split.validation().rows());
  }

  private static void assertRefused(
      Task task, List<String> given, DataFiles.Parts parts, String message) {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> Labels.of(task, given, parts))
        .withMessage(message);
  }

  private static DataFiles.Parts parts(DataSet train) {
    return new DataFiles.Parts(train, null, null);
  }

  private static DataSet data(String... labels) {
    List<Row> rows = new ArrayList<>();
    for (String label : labels) {
      int line = rows.size() + 1;
      rows.add(new Row(line, "text " + line, null, List.of(), List.of(label), 0));
    }
    return new DataSet(Path.of("rows.jsonl"), rows);
  }
}
