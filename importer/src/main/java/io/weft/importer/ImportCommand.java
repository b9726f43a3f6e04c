package io.weft.importer;

import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code import}: a checkpoint on this machine. */
@Command(
    name = "import",
    description =
        "Imports a checkpoint: a .gguf file, or a Hugging Face folder (safetensors, or an encoder as model.onnx).")
final class ImportCommand implements Runnable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(paramLabel = "PATH", description = "the checkpoint")
  private Path source = Path.of("");

  @Mixin private TargetOptions target = new TargetOptions();

  ImportCommand() {
    spec = CommandLine.Model.CommandSpec.create();
  }

  @Override
  public void run() {
    ImportOptions options =
        new ImportOptions(
            source, target.modelsDir, target.name, target.quantization(), null, target.force);
    PrintWriter out = spec.commandLine().getOut();
    ImportResult result = Importer.importCheckpoint(options);
    out.println(result.summary());
    if (target.check) {
      out.println(ImportCheck.run(options, result.folder()).summary());
    }
  }
}
