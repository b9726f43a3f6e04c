package io.weft.importer;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that an import reads its weights from, as they were when it began. They are mapped, not
 * copied: were one written to meanwhile, the import would mix two checkpoints, and the manifest
 * would give the hash of neither.
 */
record SourceFiles(List<Path> paths, List<Long> sizes, List<FileTime> times) {
  /** The files as they are now. */
  static SourceFiles of(List<Path> paths) throws IOException {
    List<Long> sizes = new ArrayList<>();
    List<FileTime> times = new ArrayList<>();
    for (Path path : paths) {
      sizes.add(Files.size(path));
      times.add(Files.getLastModifiedTime(path));
    }
    return new SourceFiles(List.copyOf(paths), List.copyOf(sizes), List.copyOf(times));
  }

  /**
   * Does nothing when the files are as they were.
   *
   * @throws ImportException when one has another size or was written to
   */
  void checkUnchanged() throws IOException {
    SourceFiles now = of(paths);
    for (int i = 0; i < paths.size(); i++) {
      if (!now.sizes.get(i).equals(sizes.get(i)) || !now.times.get(i).equals(times.get(i))) {
        throw new ImportException("%s changed while it was imported".formatted(paths.get(i)));
      }
    }
  }

  long totalSize() {
    return sizes.stream().mapToLong(Long::longValue).sum();
  }
}
