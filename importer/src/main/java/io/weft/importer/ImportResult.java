package io.weft.importer;

import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import io.weft.runtime.model.ModelManifest.WrittenFormat;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A finished import.
 *
 * @param folder the new model folder
 * @param notes what calibration found, a line each
 * @param formats which formats of the checkpoint became which of the folder
 * @param sourceBytes size of the checkpoint's weight files
 * @param writtenBytes size of all files of the folder
 * @param duration time taken
 */
public record ImportResult(
    ModelFolder folder,
    List<String> notes,
    List<WrittenFormat> formats,
    long sourceBytes,
    long writtenBytes,
    Duration duration) {
  public ImportResult {
    notes = List.copyOf(notes);
    formats = List.copyOf(formats);
  }

  /** What was done: one line, and one for each format that became another, and the notes. */
  public String summary() {
    ModelManifest manifest = folder.manifest();
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "Imported %s: %s %s, %s, %.1f MB -> %.1f MB in %.1f s, into %s",
            manifest.name(),
            manifest.architecture(),
            manifest.family(),
            manifest.dtype(),
            sourceBytes / 1e6,
            writtenBytes / 1e6,
            duration.toMillis() / 1e3,
            folder.path()));
    for (WrittenFormat format : formats) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n  %-5s -> %-44s %5d %s %8.1f MB",
              format.source(),
              format.format() + (format.exact() ? ", exact" : ""),
              format.tensors(),
              format.tensors() == 1 ? "tensor, " : "tensors,",
              format.bytes() / 1e6));
    }
    for (String note : notes) {
      text.append(System.lineSeparator()).append("  ").append(note);
    }
    return text.toString();
  }
}
