package io.weft.encoder;

import io.weft.encoder.model.Calibration;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.jboss.logging.Logger;

/**
 * Keeps what {@link Calibration} found for one model folder in {@code
 * models-dir/.calibration/FOLDER.properties}, so that the next start need not try again. It counts
 * only for the machine and the model that it was found with. Where the file cannot be written the
 * service measures at every start.
 */
final class CalibrationFile {
  private static final Logger LOG = Logger.getLogger(CalibrationFile.class);
  private static final long MAX_BYTES = 4_096;
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private final Path file;
  private final String circumstances;

  /**
   * @param file where it is kept
   * @param circumstances what the answer depends on
   */
  CalibrationFile(Path file, String circumstances) {
    this.file = file;
    this.circumstances = circumstances;
  }

  /** What was found under the same circumstances; empty without a usable file. */
  Optional<Calibration.Choice> read(List<Integer> budgets) {
    Properties properties = new Properties();
    try {
      if (Files.size(file) > MAX_BYTES) {
        return Optional.empty();
      }
      try (Reader in = Files.newBufferedReader(file)) {
        properties.load(in);
      }
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      LOG.debugf(e, "%s is not used", file);
      return Optional.empty();
    }
    String batchTokens = properties.getProperty("batch-tokens");
    String apart = properties.getProperty("apart");
    return budgets.stream()
        .filter(budget -> circumstances.equals(properties.getProperty("circumstances")))
        .filter(budget -> String.valueOf(budget).equals(batchTokens))
        .filter(_ -> "true".equals(apart) || "false".equals(apart))
        .findFirst()
        .map(budget -> new Calibration.Choice(budget, Boolean.parseBoolean(apart)));
  }

  /** Keeps it for the next start. */
  void write(Calibration.Choice choice) {
    Properties properties = new Properties();
    properties.setProperty("circumstances", circumstances);
    properties.setProperty("batch-tokens", String.valueOf(choice.batchTokens()));
    properties.setProperty("apart", String.valueOf(choice.apart()));
    try {
      Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
      Path part = Files.createTempFile(folder, file.getFileName().toString(), ".part");
      try {
        try (Writer out = Files.newBufferedWriter(part)) {
          properties.store(out, null);
        }
        Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      LOG.infof("%s cannot be written, so the next start measures again: %s", file, e);
    }
  }

  /** The processors of this machine, as far as it says. */
  static String processor() {
    int count = Runtime.getRuntime().availableProcessors();
    String model = System.getProperty("os.arch");
    if (Files.isReadable(CPU_INFO)) {
      try (var lines = Files.lines(CPU_INFO)) {
        model =
            lines
                .filter(line -> line.startsWith("model name"))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse(model);
      } catch (IOException e) {
        LOG.debug("the processor's name is not known", e);
      }
    }
    return count + " x " + model;
  }
}
