package io.weft.trainer;

import io.weft.trainer.data.Fields;
import io.weft.trainer.data.Task;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What to learn from. */
final class DataOptions {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "PATH",
      description = "a .jsonl or .csv file, or a folder with train, validation and test files")
  Path data = Path.of("");

  @Option(names = "--validation", paramLabel = "FILE", description = "rows to judge each epoch by")
  @Nullable Path validation;

  @Option(
      names = "--validation-share",
      paramLabel = "S",
      defaultValue = "0.1",
      description =
          "without such a file, the share of the training rows taken for it, 0 to 0.5"
              + " (default: ${DEFAULT-VALUE})")
  double validationShare = 0.1;

  @Option(names = "--test", paramLabel = "FILE", description = "rows to judge the result by, once")
  @Nullable Path test;

  @Option(
      names = "--labels",
      split = ",",
      paramLabel = "A,B,...",
      description = "the labels in their order (default: those of the data, in alphabetical order)")
  @Nullable List<String> labels;

  @Option(
      names = "--text-field",
      paramLabel = "NAME",
      description = "field or column of the text (text; of tagged words: tokens)")
  @Nullable String textField;

  @Option(
      names = "--pair-field",
      paramLabel = "NAME",
      description = "of the second text of a pair, if there is one (text_pair)")
  @Nullable String pairField;

  @Option(
      names = "--label-field",
      paramLabel = "NAME",
      description = "of what is to be learnt (label; labels, tags or score, by the task)")
  @Nullable String labelField;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "longest text in tokens, 8 or more; longer ones are cut (what the base reads)")
  @Nullable Integer maxLength;

  Fields fields(Task task) {
    Fields usual = Fields.of(task);
    return new Fields(
        textField == null ? usual.text() : textField,
        pairField == null ? usual.pair() : pairField,
        labelField == null ? usual.label() : labelField);
  }
}
