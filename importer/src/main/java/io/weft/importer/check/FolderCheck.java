package io.weft.importer.check;

import ai.onnxruntime.OrtException;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;

/** Compares a model folder with the fp32 import of the same checkpoint. */
public final class FolderCheck {
  private FolderCheck() {}

  /**
   * Runs both over the bundled text.
   *
   * @param exact the same checkpoint in 32-bit floats
   * @throws ImportException when one of them does not run
   */
  public static Agreement run(ModelFolder folder, ModelFolder exact) throws IOException {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors());
    try {
      return switch (folder.manifest().family()) {
        case DECODER -> DecoderCheck.run(folder, exact, threads);
        case ENCODER -> EncoderCheck.run(folder, exact, threads);
        case ENCODER_DECODER -> EncoderDecoderCheck.run(folder, exact, threads);
      };
    } catch (OrtException | IllegalArgumentException e) {
      throw new ImportException(
          "cannot check %s: %s".formatted(folder.manifest().name(), e.getMessage()), e);
    }
  }
}
