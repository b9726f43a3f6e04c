package io.weft.trainer;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import io.weft.importer.ImportOptions;
import io.weft.importer.Importer;
import io.weft.importer.download.DownloadLock;
import io.weft.importer.quantize.Quantization;
import io.weft.trainer.data.DataFiles;
import io.weft.trainer.data.DataSet;
import io.weft.trainer.data.Labels;
import io.weft.trainer.data.Split;
import io.weft.trainer.data.Task;
import io.weft.trainer.model.Classifier;
import io.weft.trainer.model.Dropouts;
import io.weft.trainer.report.LossFile;
import io.weft.trainer.report.ProgressLine;
import io.weft.trainer.save.CheckpointFolder;
import io.weft.trainer.serve.ServiceAdmin;
import io.weft.trainer.text.Example;
import io.weft.trainer.text.Examples;
import io.weft.trainer.text.TextTokenizer;
import io.weft.trainer.train.Recipe;
import io.weft.trainer.train.StateFile;
import io.weft.trainer.train.Training;
import io.weft.trainer.train.TrainingData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A whole run, from the data to the served model. All data is checked before anything else. */
final class Finetune {
  private static final String THREADS = "ai.djl.pytorch.num_threads";
  private static final int LEAST_LENGTH = 8;

  private final String base;
  private final Task task;
  private final DataOptions data;
  private final RecipeOptions options;
  private final ResultOptions result;
  private final PrintWriter out;

  Finetune(
      String base,
      Task task,
      DataOptions data,
      RecipeOptions options,
      ResultOptions result,
      PrintWriter out) {
    this.base = base;
    this.task = task;
    this.data = data;
    this.options = options;
    this.result = result;
    this.out = out;
  }

  /** The rows and their labels, checked. */
  private record Rows(
      DataSet train, @Nullable DataSet validation, @Nullable DataSet test, Labels labels) {}

  /** The rows as tokens. */
  private record Tokens(List<Example> train, List<Example> validation, List<Example> test) {}

  /**
   * @param screen whether a person watches
   */
  void run(boolean screen) throws IOException {
    Recipe recipe = options.recipe();
    Rows rows = rows(recipe);
    Path model = result.modelsDir.resolve(result.name);
    if (Files.exists(model) && !result.force) {
      throw new IllegalArgumentException(
          "%s exists; --force replaces it, --name gives the new one another name".formatted(model));
    }
    System.setProperty(THREADS, String.valueOf(result.threads()));
    try (DownloadLock lock = DownloadLock.take(result.folder());
        Scratch scratch = Scratch.in(lock.folder());
        Base from = Base.open(base, result.modelsDir, scratch.path(), out)) {
      train(rows, recipe, from, screen);
    }
    out.println(
        Importer.importCheckpoint(
                new ImportOptions(
                    checkpoint(),
                    result.modelsDir,
                    result.name,
                    Quantization.DEFAULT,
                    "finetuned:" + base,
                    result.force))
            .summary());
    Files.deleteIfExists(stateFile());
    load();
  }

  private Path checkpoint() {
    return result.folder().resolve("checkpoint");
  }

  private Path stateFile() {
    return result.folder().resolve("state.safetensors");
  }

  private Rows rows(Recipe recipe) throws IOException {
    RecipeOptions.inRange("--validation-share", data.validationShare, 0, 0.5);
    DataFiles files = new DataFiles(task, data.fields(task));
    DataFiles.Parts parts = files.read(data.data, data.validation, data.test);
    Labels labels = Labels.of(task, data.labels, parts);
    DataSet train = parts.train();
    DataSet validation = parts.validation();
    if (validation == null && data.validationShare > 0) {
      Split split = Split.of(train, task, data.validationShare, recipe.seed());
      train = split.train();
      validation = split.validation();
    }
    if (options.patience > 0 && validation == null) {
      throw new IllegalArgumentException("--patience needs rows to validate by");
    }
    out.printf(
        "Data: %,d rows to train on, %,d to validate by, %,d to test by%s%n",
        train.size(),
        validation == null ? 0 : validation.size(),
        parts.test() == null ? 0 : parts.test().size(),
        task.hasLabels() ? "; %,d labels".formatted(labels.size()) : "");
    out.flush();
    return new Rows(train, validation, parts.test(), labels);
  }

  private void train(Rows rows, Recipe recipe, Base from, boolean screen) throws IOException {
    Tokens tokens = tokens(rows, from);
    float[] weights = LabelWeights.of(options.classWeights, task, rows.labels(), tokens.train());
    TrainingData trainingData =
        new TrainingData(
            tokens.train(), tokens.validation(), weights, padding(from), options.patience);
    Dropouts dropouts = options.dropouts(Dropouts.read(from.json(), from.config().variant(), task));
    if (result.fresh) {
      Files.deleteIfExists(stateFile());
    }
    Fingerprint fingerprint =
        Fingerprint.of(recipe, trainingData, options.method(), dropouts, rows.labels(), from);
    StateFile state = new StateFile(stateFile(), fingerprint.hex(), result.stateSteps);
    try (NDManager manager = NDManager.newBaseManager();
        LossFile losses = new LossFile(result.folder())) {
      Classifier model =
          Classifier.load(
              manager,
              from.checkpoint(),
              from.config(),
              task,
              rows.labels().names(),
              options.method(),
              recipe.seed());
      out.printf(
          "Base: %s, %s; training on %s with %d threads%n",
          base, model.parameters(), Engine.getInstance().defaultDevice(), result.threads());
      Training training =
          new Training(
              manager,
              model,
              recipe,
              trainingData,
              dropouts,
              new Listeners(List.of(losses, new ProgressLine(out, screen))),
              state);
      training.run();
      CheckpointFolder.write(
          checkpoint(), from.folder(), model, from.config().variant(), rows.labels().names());
      Reports reports = new Reports(result.folder(), task, rows.labels().names(), out);
      reports.curve(losses);
      reports.doubts(rows.train(), training.doubts());
      reports.evaluation("validation", training, tokens.validation());
      reports.evaluation("test", training, tokens.test());
      reports.write();
    }
  }

  private Tokens tokens(Rows rows, Base from) throws IOException {
    int most = from.config().contextLength();
    int length = data.maxLength == null ? most : data.maxLength;
    RecipeOptions.inRange("--max-length", length, LEAST_LENGTH, most);
    try (TextTokenizer tokenizer = TextTokenizer.open(from.tokenizer(), length)) {
      Examples train = Examples.of(rows.train(), task, rows.labels(), tokenizer, length);
      if (train.cut() > 0) {
        out.printf(
            "%,d of %,d rows are as long as the limit of %,d tokens, or were cut there%n",
            train.cut(), train.examples().size(), length);
      }
      return new Tokens(
          train.examples(),
          examples(rows.validation(), rows.labels(), tokenizer, length),
          examples(rows.test(), rows.labels(), tokenizer, length));
    }
  }

  private List<Example> examples(
      @Nullable DataSet rows, Labels labels, TextTokenizer tokenizer, int length) {
    return rows == null ? List.of() : Examples.of(rows, task, labels, tokenizer, length).examples();
  }

  /** Any token will do; that of the base is the usual one. */
  private static int padding(Base from) {
    Integer padding = from.checkpoint().tokenizer().tokens().pad();
    return padding == null ? 0 : padding;
  }

  private void load() {
    List<ServiceAdmin.Outcome> outcomes = ServiceAdmin.load(result.name, result.services());
    boolean loaded =
        !outcomes.isEmpty()
            && outcomes.stream().allMatch(outcome -> outcome == ServiceAdmin.Outcome.LOADED);
    out.println(
        loaded
            ? "Served now as " + result.name
            : "It is served when the services start the next time");
    out.flush();
  }
}
