package io.weft.tokenizer.real;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Where {@code e2e/assets.py} put what it fetched. A package that could not be reached makes its
 * tests skip, with that reason; with {@code WEFT_ASSETS_REQUIRED=yes} it makes them fail.
 */
final class Assets {
  private static final Path ROOT = root();

  private Assets() {}

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.isRegularFile(folder.resolve("e2e/assets.py"))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      throw new IllegalStateException("the tests run outside of the project");
    }
    return folder;
  }

  /** The folder of a package. */
  static Path folder(String name) {
    Path folder = ROOT.resolve(".cache/assets").resolve(name);
    requireThat(
        Files.isDirectory(folder), "there is no .cache/assets/" + name + ": run e2e/assets.py");
    return folder;
  }

  /** Names of a package's files with this ending, without it, sorted. */
  static List<String> names(Path folder, String ending) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .map(name -> name.substring(0, name.length() - ending.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first lines of {@code e2e/goldens/tokenizer_lines.py}, each a JSON string. */
  static Path lines(int count, Path folder) throws IOException, InterruptedException {
    Path lines = folder.resolve("lines-%d.json".formatted(count));
    Path script = ROOT.resolve("e2e/goldens/tokenizer_lines.py");
    Process python;
    try {
      python =
          new ProcessBuilder("python3", script.toString(), String.valueOf(count), lines.toString())
              .inheritIO()
              .start();
    } catch (IOException e) {
      requireThat(false, "there is no python3: " + e.getMessage());
      throw e;
    }
    if (python.waitFor() != 0) {
      throw new IllegalStateException(script + " failed");
    }
    return lines;
  }

  private static void requireThat(boolean there, String otherwise) {
    if (!there && "yes".equals(System.getenv("WEFT_ASSETS_REQUIRED"))) {
      throw new AssertionError(otherwise);
    }
    Assumptions.assumeTrue(there, otherwise);
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** The first 16 hex digits, as goldens have them. */
  static String finish(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }
}
