package io.weft.importer;

import io.weft.importer.check.Agreement;
import io.weft.importer.check.FolderCheck;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.quantize.Quantization;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;

/** Compares a new model folder with the fp32 import of the same checkpoint. */
final class ImportCheck {
  private ImportCheck() {}

  /**
   * Imports the checkpoint once more, compares, and deletes it. It lies in {@code NAME.part}, so
   * that services do not look there and the next import of that name clears what a killed check
   * left.
   *
   * @param options what {@code folder} was imported with
   */
  static Agreement run(ImportOptions options, ModelFolder folder) {
    if (folder.manifest().source().kind().equals("onnx")) {
      throw new ImportException(
          "%s is an export copied as it is: there is no fp32 import to compare it with"
              .formatted(folder.manifest().name()));
    }
    try {
      String name = folder.path().getFileName().toString();
      try (FolderWriter part = FolderWriter.open(options.modelsDir(), name, true)) {
        ModelFolder exact =
            Importer.importCheckpoint(
                    new ImportOptions(
                        options.source(),
                        part.path(),
                        "exact",
                        Quantization.of(Dtype.FP32),
                        null,
                        false))
                .folder();
        return FolderCheck.run(folder, exact);
      }
    } catch (IOException e) {
      throw new ImportException("cannot check %s: %s".formatted(folder.path(), e), e);
    }
  }
}
