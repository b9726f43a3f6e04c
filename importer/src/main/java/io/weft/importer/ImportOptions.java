package io.weft.importer;

import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What to import, and how.
 *
 * @param source a {@code .gguf} file, or a folder with {@code config.json} and safetensors or an
 *     exported {@code model.onnx}
 * @param modelsDir where model folders lie; made when missing
 * @param name of the new model folder; null takes it from the source's name
 * @param quantization number format of the written weights
 * @param location what the manifest names as the source; null takes the source's file name
 * @param force replace a model folder of the same name
 */
public record ImportOptions(
    Path source,
    Path modelsDir,
    @Nullable String name,
    Quantization quantization,
    @Nullable String location,
    boolean force) {
  /** Options with all defaults. */
  public static ImportOptions of(Path source, Path modelsDir) {
    return new ImportOptions(source, modelsDir, null, Quantization.DEFAULT, null, false);
  }

  public ImportOptions withName(String newName) {
    return new ImportOptions(source, modelsDir, newName, quantization, location, force);
  }

  public ImportOptions withDtype(Dtype newDtype) {
    return new ImportOptions(
        source, modelsDir, name, quantization.withDtype(newDtype), location, force);
  }
}
