package io.weft.importer.download.hub;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/**
 * What was fetched of one repository: {@code COMMIT/} with files, {@code COMMIT.json} with the
 * hub's metadata, {@code refs/REVISION} with the commit that a branch or tag last was.
 *
 * @param path the folder, which exists
 */
record DownloadFolder(Path path) {
  Path of(String commit) {
    return path.resolve(commit);
  }

  /** The metadata that was kept of {@code source}'s revision; null without it. */
  @Nullable HubListing find(HubSource source) throws IOException {
    String commit = source.isCommit() ? source.revision() : readIfThere(ref(source));
    if (commit == null || !HubListing.COMMIT.matcher(commit).matches()) {
      return null;
    }
    Path kept = path.resolve(commit + ".json");
    return Files.isRegularFile(kept) ? HubListing.parse(Files.readAllBytes(kept)) : null;
  }

  /** Keeps the metadata and, for a branch or tag, which commit it is. */
  void keep(HubSource source, String commit, byte[] metadata) throws IOException {
    write(path.resolve(commit + ".json"), metadata);
    if (!source.isCommit()) {
      write(ref(source), commit.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /**
   * Refuses a download that does not fit.
   *
   * @param bytes still to be fetched
   */
  void checkSpace(long bytes) throws IOException {
    long free = Files.getFileStore(path).getUsableSpace();
    if (bytes > free) {
      throw new ImportException(
          "the download needs %,d bytes, the disk of %s has %,d free".formatted(bytes, path, free));
    }
  }

  private Path ref(HubSource source) {
    return path.resolve("refs")
        .resolve(URLEncoder.encode(source.revision(), StandardCharsets.UTF_8));
  }

  private static @Nullable String readIfThere(Path file) throws IOException {
    return Files.isRegularFile(file) ? Files.readString(file).strip() : null;
  }

  private static void write(Path file, byte[] content) throws IOException {
    Files.createDirectories(file.getParent());
    Path partial = Files.write(file.resolveSibling(file.getFileName() + ".part"), content);
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
