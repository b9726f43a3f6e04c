package io.weft.trainer;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.trainer.data.DataSet;
import io.weft.trainer.data.Task;
import io.weft.trainer.report.Confusion;
import io.weft.trainer.report.DoubtReport;
import io.weft.trainer.report.LossCurve;
import io.weft.trainer.report.LossFile;
import io.weft.trainer.text.Example;
import io.weft.trainer.train.Doubts;
import io.weft.trainer.train.Evaluation;
import io.weft.trainer.train.Training;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** What a run leaves for people beside the model, in its folder and on the screen. */
final class Reports {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int SHOWN = 10;

  private final Path folder;
  private final Task task;
  private final List<String> labels;
  private final PrintWriter out;
  private final ObjectNode report = JSON.createObjectNode();

  Reports(Path folder, Task task, List<String> labels, PrintWriter out) {
    this.folder = folder;
    this.task = task;
    this.labels = labels;
    this.out = out;
  }

  void curve(LossFile losses) throws IOException {
    Path file = folder.resolve("loss.png");
    if (LossCurve.write(file, losses.points(), losses.validations())) {
      out.printf("Loss curve: %s%n", file);
    } else {
      out.printf(
          "No loss curve was drawn, as this system has no fonts; its numbers are in %s%n",
          folder.resolve("loss.csv"));
    }
  }

  void doubts(DataSet train, Doubts doubts) throws IOException {
    Path file = folder.resolve("doubted.csv");
    List<Integer> lines = DoubtReport.write(file, task, train, doubts, labels);
    out.printf(
        "Most doubted rows (%s): lines %s%n",
        file, lines.stream().limit(SHOWN).map(String::valueOf).collect(Collectors.joining(", ")));
  }

  /** Judges the model, and says how it did. */
  void evaluation(String part, Training training, List<Example> examples) {
    if (examples.isEmpty()) {
      return;
    }
    Evaluation evaluation = training.evaluate(examples);
    out.printf("%s: %s%n", part, evaluation);
    String table = Confusion.table(task, evaluation, labels);
    if (!table.isEmpty()) {
      out.println(table);
    }
    out.flush();
    ObjectNode values = report.putObject(part);
    values.put("rows", evaluation.rows());
    evaluation.values().forEach(values::put);
    values.set("confusion", JSON.valueToTree(evaluation.confusion()));
  }

  void write() throws IOException {
    report.set("labels", JSON.valueToTree(labels));
    Files.writeString(
        folder.resolve("report.json"),
        JSON.writerWithDefaultPrettyPrinter().writeValueAsString(report));
  }
}
