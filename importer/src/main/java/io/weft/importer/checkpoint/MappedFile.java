package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file in memory without being in the heap. Closing it invalidates every tensor read from it.
 *
 * <p>What was checked once may be another thing when it is read again, if the file changes: readers
 * take each length from it once. Reading where a file has been cut off throws an InternalError.
 */
record MappedFile(Path path, MemorySegment bytes, Arena arena) implements AutoCloseable {
  /** Maps {@code path}; the record owns the arena. */
  @SuppressWarnings("MustBeClosedChecker")
  static MappedFile open(Path path) {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new MappedFile(path, bytes, arena);
    } catch (IOException e) {
      arena.close();
      throw new ImportException("cannot read " + path + ": " + e, e);
    }
  }

  long size() {
    return bytes.byteSize();
  }

  @Override
  public void close() {
    arena.close();
  }
}
