package io.weft.importer;

import io.weft.runtime.model.ModelFolder;
import java.time.Duration;
import java.util.Locale;

/**
 * A finished import.
 *
 * @param folder the new model folder
 * @param sourceBytes size of the checkpoint's weight files
 * @param writtenBytes size of all files of the folder
 * @param duration time taken
 */
public record ImportResult(
    ModelFolder folder, long sourceBytes, long writtenBytes, Duration duration) {
  /** What was done, in one line. */
  public String summary() {
    return String.format(
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
  }
}
