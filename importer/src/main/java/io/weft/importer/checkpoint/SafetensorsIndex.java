package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;

/** {@code model.safetensors.index.json}: which files hold the tensors of a large checkpoint. */
public final class SafetensorsIndex {
  private static final int MAX_SHARDS = 4_096;

  private SafetensorsIndex() {}

  /**
   * Names of the files, each a plain name without folders.
   *
   * @throws ImportException when there are none or too many, or a name could leave the folder
   */
  public static SortedSet<String> shards(Path index) {
    SortedSet<String> names = new TreeSet<>();
    for (JsonNode shard : JsonFiles.read(index).path("weight_map")) {
      names.add(shard.asText());
    }
    if (names.isEmpty() || names.size() > MAX_SHARDS) {
      throw new ImportException(
          "%s names %,d files, it must name 1 to %,d".formatted(index, names.size(), MAX_SHARDS));
    }
    for (String name : names) {
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*\\.safetensors")) {
        throw new ImportException(
            "%s names the file '%s', which is refused".formatted(index, name));
      }
    }
    return names;
  }
}
