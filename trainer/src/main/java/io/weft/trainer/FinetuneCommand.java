package io.weft.trainer;

import io.weft.importer.download.hub.Screen;
import io.weft.trainer.data.Task;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code finetune}. */
@Command(
    name = "finetune",
    sortOptions = false,
    description = {
      "Trains a pre-trained encoder on labelled text, and makes a model folder of the result.",
      ""
    },
    footer = {
      "",
      "Rows of the data, by the task",
      "  classify      {\"text\": \"...\", \"label\": \"...\"}, with \"text_pair\" for pairs",
      "  multi-label   {\"text\": \"...\", \"labels\": [\"...\", ...]}",
      "  tag           {\"tokens\": [\"...\", ...], \"tags\": [\"...\", ...]}",
      "  score         {\"text\": \"...\", \"text_pair\": \"...\", \"score\": 0 to 1}",
      "  regression    {\"text\": \"...\", \"score\": any number}"
    })
final class FinetuneCommand implements Callable<Integer> {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this text")
  boolean help;

  @Option(
      names = "--base",
      required = true,
      paramLabel = "MODEL",
      description = "what to begin with: an installed model's name, or a Hugging Face folder")
  String base = "";

  @Option(
      names = "--task",
      paramLabel = "TASK",
      defaultValue = "classify",
      description = "classify, multi-label, tag, score or regression (${DEFAULT-VALUE})")
  String task = "classify";

  @Mixin private DataOptions data = new DataOptions();
  @Mixin private RecipeOptions recipe = new RecipeOptions();
  @Mixin private ResultOptions result = new ResultOptions();

  FinetuneCommand() {
    spec = CommandLine.Model.CommandSpec.create();
  }

  @Override
  public Integer call() throws IOException {
    recipe.check();
    result.check();
    Finetune finetune =
        new Finetune(base, Task.parse(task), data, recipe, result, spec.commandLine().getOut());
    finetune.run(Screen.detect().terminal());
    return CommandLine.ExitCode.OK;
  }
}
