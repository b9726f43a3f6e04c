package io.weft.importer.download;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Unpacks archives from strangers: nothing lands outside the target, nothing grows without end. */
public final class Unzip {
  private static final int MAX_ENTRIES = 10_000;

  /** Weights hardly compress, so an archive that grows more than this is an attack. */
  private static final int MAX_GROWTH = 20;

  private static final long ALWAYS_ALLOWED = 64L << 20;

  private Unzip() {}

  /**
   * Unpacks {@code archive} into the new folder {@code target}.
   *
   * @throws ImportException when an entry would leave the folder, or the content is too large
   */
  public static void unzip(Path archive, Path target) throws IOException {
    long limit = ALWAYS_ALLOWED + MAX_GROWTH * Files.size(archive);
    Path root = Files.createDirectories(target).toAbsolutePath().normalize();
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      if (zip.size() > MAX_ENTRIES) {
        throw new ImportException(
            "%s has %,d entries, the limit is %,d"
                .formatted(archive.getFileName(), zip.size(), MAX_ENTRIES));
      }
      long left = limit;
      for (ZipEntry entry : Collections.list(zip.entries())) {
        Path file = resolve(root, archive, entry.getName());
        if (entry.isDirectory()) {
          Files.createDirectories(file);
        } else {
          Files.createDirectories(file.getParent());
          left -= copy(zip, entry, file, left);
        }
        if (left < 0) {
          throw new ImportException(
              "%s unpacks to more than %,d bytes".formatted(archive.getFileName(), limit));
        }
      }
    } catch (ZipException e) {
      throw new ImportException(
          "%s is no readable zip archive: %s".formatted(archive.getFileName(), e.getMessage()), e);
    }
  }

  private static Path resolve(Path root, Path archive, String name) {
    Path file;
    try {
      file = root.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new ImportException(
          "%s has an entry '%s', which cannot be a file".formatted(archive.getFileName(), name), e);
    }
    if (!file.startsWith(root) || file.equals(root) || name.indexOf('\\') >= 0) {
      throw new ImportException(
          "%s has an entry '%s' that leaves its folder".formatted(archive.getFileName(), name));
    }
    return file;
  }

  /** Copies at most {@code limit} bytes and one buffer; returns how many. */
  private static long copy(ZipFile zip, ZipEntry entry, Path file, long limit) throws IOException {
    long copied = 0;
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = zip.getInputStream(entry);
        OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
      for (int n = in.read(buffer); n >= 0 && copied <= limit; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        copied += n;
      }
    }
    return copied;
  }
}
