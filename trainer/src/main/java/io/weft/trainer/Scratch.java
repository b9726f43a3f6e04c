package io.weft.trainer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * An empty folder for what is needed during a run only.
 *
 * @param path deleted at the end, and at the start where a killed run left it
 */
record Scratch(Path path) implements AutoCloseable {
  static Scratch in(Path folder) throws IOException {
    Scratch scratch = new Scratch(folder.resolve("scratch"));
    scratch.close();
    Files.createDirectories(scratch.path);
    return scratch;
  }

  @Override
  public void close() throws IOException {
    if (Files.exists(path)) {
      try (Stream<Path> tree = Files.walk(path)) {
        for (Path file : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
