package io.weft.importer;

import io.weft.importer.quantize.Dtype;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that both commands take. */
final class TargetOptions {
  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      defaultValue = "models",
      description = "where model folders lie (default: ${DEFAULT-VALUE})")
  Path modelsDir = Path.of("models");

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "what the model is called (default: after the source)")
  @Nullable String name;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      description =
          "number format of the weights: ${COMPLETION-CANDIDATES}"
              + " (default: INT4 for decoders, FP32 for encoders)")
  @Nullable Dtype dtype;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this text")
  boolean help;

  @Option(
      names = "--check",
      description = "then compare the model with its fp32 import over a bundled text")
  boolean check;

  @Option(names = "--force", description = "replace a model of the same name")
  boolean force;
}
