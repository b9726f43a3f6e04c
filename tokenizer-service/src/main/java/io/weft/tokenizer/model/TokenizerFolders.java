package io.weft.tokenizer.model;

import io.weft.runtime.model.ModelFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The model folders that may have a tokenizer, whatever else they can do. */
final class TokenizerFolders {
  private TokenizerFolders() {}

  /** The folders directly below {@code root}; those without a manifest are not whole yet. */
  static List<Path> find(Path root) {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(root)) {
      return children
          .filter(child -> Files.isRegularFile(child.resolve("model.json")))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean hasTokenizer(ModelFolder folder) {
    return Files.isRegularFile(folder.tokenizer());
  }
}
