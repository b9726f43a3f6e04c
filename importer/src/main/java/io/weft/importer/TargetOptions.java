package io.weft.importer;

import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
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
      names = "--block-size",
      paramLabel = "N",
      description =
          "values that share a scale in int8 and int4: 16, 32, 64 or 128"
              + " (default: what a GGUF file has, else 32)")
  @Nullable Integer blockSize;

  @Option(
      names = "--asymmetric",
      description =
          "give each block a zero point; some processors compute 4-bit weights wrongly with them")
  boolean asymmetric;

  @Option(
      names = "--requantize",
      description =
          "quantise anew what a GGUF file has in blocks, in place of carrying it over exactly")
  boolean requantize;

  @Option(
      names = "--head-dtype",
      paramLabel = "TYPE",
      description = "number format of the output layer (default: INT8 with --dtype INT4)")
  @Nullable Dtype head;

  @Option(
      names = "--embedding-dtype",
      paramLabel = "TYPE",
      description = "number format of the token table (default: INT8 with --dtype INT4)")
  @Nullable Dtype embedding;

  @Option(
      names = "--kv-cache",
      paramLabel = "TYPE",
      description =
          "number format of a decoder's key/value cache: int8 for a quarter of the memory"
              + " (default: as its activations, FP32 or with --dtype FP16 FP16)")
  @Nullable Dtype kvCache;

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

  /** How the weights are to be written. */
  Quantization quantization() {
    return new Quantization(dtype, blockSize, asymmetric, requantize, head, embedding, kvCache);
  }
}
