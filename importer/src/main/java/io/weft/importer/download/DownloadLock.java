package io.weft.importer.download;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The right to write to a folder of downloads, held by one process at a time; it ends with the
 * process.
 *
 * @param folder the folder, which exists
 */
public record DownloadLock(Path folder, FileChannel channel) implements AutoCloseable {
  /**
   * Takes the lock, without waiting.
   *
   * @param folder made when missing
   * @throws ImportException when another process has it
   */
  @SuppressWarnings("MustBeClosedChecker")
  public static DownloadLock take(Path folder) throws IOException {
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(
            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return new DownloadLock(folder, channel);
      }
    } catch (OverlappingFileLockException sameProcess) {
      // As if another process had it.
    }
    channel.close();
    throw new ImportException("another process is writing to " + folder);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
