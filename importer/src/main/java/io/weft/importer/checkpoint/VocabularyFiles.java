package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.TokenTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code vocab.txt}, {@code vocab.json} and {@code merges.txt}. */
final class VocabularyFiles {
  private static final long MAX_BYTES = 32L << 20;

  private VocabularyFiles() {}

  /** One token a line, ids from 0. */
  static TokenTable lines(Path file, int vocabularySize) {
    List<String> lines = readLines(file);
    checkSize(file, lines.size(), vocabularySize);
    return TokenTable.of(lines);
  }

  /** An object of ids by token. */
  static TokenTable json(Path file, int vocabularySize) {
    requireFile(file);
    @Nullable String[] tokens = new String[vocabularySize];
    int size = 0;
    for (Map.Entry<String, JsonNode> entry : JsonFiles.read(file).properties()) {
      JsonNode id = entry.getValue();
      if (!id.isInt() || id.asInt() < 0 || id.asInt() >= vocabularySize) {
        throw new ImportException(
            "%s: token '%s' has id %s, it must lie in [0, %,d)"
                .formatted(file, entry.getKey(), id, vocabularySize));
      }
      if (tokens[id.asInt()] != null) {
        throw new ImportException(
            "%s: tokens '%s' and '%s' both have id %,d"
                .formatted(file, tokens[id.asInt()], entry.getKey(), id.asInt()));
      }
      tokens[id.asInt()] = entry.getKey();
      size = Math.max(size, id.asInt() + 1);
    }
    return TokenTable.of(Arrays.asList(tokens).subList(0, size));
  }

  /** "left right" a line, in order; the first line may name a version. */
  static List<String> merges(Path file) {
    List<String> lines = readLines(file);
    if (!lines.isEmpty() && lines.getFirst().startsWith("#version")) {
      lines = lines.subList(1, lines.size());
    }
    checkSize(file, lines.size(), 4 * Limits.VOCABULARY);
    return lines.stream().filter(line -> !line.isEmpty()).toList();
  }

  private static void checkSize(Path file, int size, int limit) {
    if (size > limit) {
      throw new ImportException("%s has %,d lines, the limit is %,d".formatted(file, size, limit));
    }
  }

  private static List<String> readLines(Path file) {
    requireFile(file);
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ImportException(
            "%s has %,d bytes, the limit is %,d".formatted(file, Files.size(file), MAX_BYTES));
      }
      List<String> lines = new ArrayList<>(List.of(Files.readString(file).split("\n", -1)));
      if (lines.getLast().isEmpty()) {
        lines.removeLast();
      }
      lines.replaceAll(line -> line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
      return lines;
    } catch (IOException e) {
      throw new ImportException("cannot read " + file + ": " + e, e);
    }
  }

  private static void requireFile(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ImportException(
          "%s has neither tokenizer.json nor %s".formatted(file.getParent(), file.getFileName()));
    }
  }
}
