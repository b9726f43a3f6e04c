package io.weft.importer.download;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Finds the one checkpoint in an unpacked archive. */
public final class CheckpointFinder {
  private static final List<String> WEIGHTS =
      List.of("model.safetensors", "model.safetensors.index.json", "model.onnx", "onnx/model.onnx");

  private CheckpointFinder() {}

  /**
   * A {@code .gguf} file, or a folder with {@code config.json} and safetensors or an exported
   * graph.
   *
   * @param archive named in errors
   * @throws ImportException when there is none, or more than one
   */
  public static Path find(Path folder, Path archive) throws IOException {
    List<Path> found;
    try (Stream<Path> tree = Files.walk(folder)) {
      found = tree.filter(CheckpointFinder::isCheckpoint).sorted().toList();
    }
    if (found.isEmpty()) {
      // Weights of another kind: opening the folder says what is wrong with them.
      try (Stream<Path> tree = Files.walk(folder)) {
        found = tree.filter(CheckpointFinder::hasConfig).sorted().toList();
      }
    }
    if (found.size() != 1) {
      throw new ImportException(
          found.isEmpty()
              ? archive.getFileName() + " holds neither a .gguf file nor a Hugging Face folder"
              : "%s holds %d checkpoints: %s; unpack it and import one by its path"
                  .formatted(
                      archive, found.size(), found.stream().map(folder::relativize).toList()));
    }
    return found.getFirst();
  }

  private static boolean hasConfig(Path path) {
    return Files.isRegularFile(path.resolve("config.json"));
  }

  private static boolean isCheckpoint(Path path) {
    if (Files.isDirectory(path)) {
      return hasConfig(path)
          && WEIGHTS.stream().anyMatch(name -> Files.isRegularFile(path.resolve(name)));
    }
    return path.getFileName().toString().endsWith(".gguf");
  }
}
