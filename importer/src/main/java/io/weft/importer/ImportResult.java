package io.weft.importer;

import io.weft.runtime.model.ModelFolder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A finished import.
 *
 * @param folder the new model folder
 * @param notes what calibration found, a line each
 * @param sourceBytes size of the checkpoint's weight files
 * @param writtenBytes size of all files of the folder
 * @param duration time taken
 */
public record ImportResult(
    ModelFolder folder,
    List<String> notes,
    long sourceBytes,
    long writtenBytes,
    Duration duration) {
  public ImportResult {
    notes = List.copyOf(notes);
  }

  /** What was done, in one line, and the notes. */
  public String summary() {
    String line =
        String.format(
            Locale.ROOT,
            "Imported %s: %s %s, %s, %.1f MB -> %.1f MB in %.1f s, into %s",
            folder.manifest().name(),
            folder.manifest().architecture(),
            folder.manifest().family(),
            folder.manifest().dtype(),
            sourceBytes / 1e6,
            writtenBytes / 1e6,
            duration.toMillis() / 1e3,
            folder.path());
    return notes.isEmpty()
        ? line
        : line + System.lineSeparator() + "  " + String.join(System.lineSeparator() + "  ", notes);
  }
}
