package io.weft.importer;

import io.weft.importer.download.Sha256;
import io.weft.importer.error.ImportException;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A model folder being written as {@code NAME.part}; {@link #commit} gives it its name, closing it
 * before that deletes it. A lock in it keeps two imports of one name apart, and tells a folder that
 * a killed import left behind.
 */
final class FolderWriter implements AutoCloseable {
  private static final String LOCK = ".lock";

  private final Path target;
  private final Path path;
  private final FileChannel lock;
  private final boolean force;

  private FolderWriter(Path target, Path path, FileChannel lock, boolean force) {
    this.target = target;
    this.path = path;
    this.lock = lock;
    this.force = force;
  }

  static FolderWriter open(Path modelsDir, String name, boolean force) throws IOException {
    Path target = modelsDir.resolve(name);
    checkFree(target, force);
    Path path = Files.createDirectories(modelsDir.resolve(name + ".part"));
    FileChannel lock =
        FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!tryLock(lock)) {
      lock.close();
      throw new ImportException("another import of %s is running".formatted(name));
    }
    FolderWriter writer = new FolderWriter(target, path, lock, force);
    try (Stream<Path> stale = Files.list(path)) {
      for (Path file : stale.filter(f -> !f.endsWith(LOCK)).toList()) {
        deleteTree(file);
      }
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    return writer;
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException sameProcess) {
      return false;
    }
  }

  private static void checkFree(Path target, boolean force) {
    if (Files.exists(target) && !force) {
      throw new ImportException(
          "%s exists; --force replaces it, --name gives the new one another name"
              .formatted(target));
    }
  }

  /** Where to write. */
  Path path() {
    return path;
  }

  /** Name, size and hash of all files written so far, by name. */
  List<ModelManifest.FileEntry> fileEntries() throws IOException {
    List<ModelManifest.FileEntry> entries = new ArrayList<>();
    try (Stream<Path> files = Files.list(path)) {
      for (Path file : files.filter(f -> !f.endsWith(LOCK)).sorted().toList()) {
        entries.add(
            new ModelManifest.FileEntry(
                path.relativize(file).toString(), Files.size(file), Sha256.of(List.of(file))));
      }
    }
    return entries;
  }

  /** Gives the folder its name and returns it. */
  Path commit() throws IOException {
    checkFree(target, force);
    Path old = target.resolveSibling(target.getFileName() + ".old.part");
    if (Files.exists(target)) {
      deleteTree(old);
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(path, target, StandardCopyOption.ATOMIC_MOVE);
    Files.deleteIfExists(target.resolve(LOCK));
    deleteTree(old);
    return target;
  }

  /** Deletes what was not committed. */
  @Override
  public void close() throws IOException {
    lock.close();
    deleteTree(path);
  }

  static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
