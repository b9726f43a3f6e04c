package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A copy of Weft with its own ports and run folder, driven through the launcher as a user would.
 * Closing it stops its services.
 */
final class WeftStack implements AutoCloseable {
  /** The repository. */
  static final Path ROOT =
      Path.of(System.getProperty("weft.root", "..")).toAbsolutePath().normalize();

  /** Offsets of the stacks that may run side by side. */
  static final int SHARED = 11_000;

  static final int FINETUNED = 12_500;
  static final int FP32 = 13_000;
  static final int SCRATCH = 15_000;
  static final int ENCODER_DECODERS = 17_000;
  static final int ENCODERS = 19_000;
  static final int FLEET = 21_000;
  static final int EXIT = 23_000;

  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final int offset;
  private final Path runFolder;
  private final Map<String, String> settings = new HashMap<>();

  /**
   * A stack that is not started yet.
   *
   * @param offset added to every port
   */
  WeftStack(int offset) {
    this.offset = offset;
    this.runFolder = ROOT.resolve("e2e/target/run-" + offset);
    settings.put("WEFT_PORT_OFFSET", String.valueOf(offset));
    settings.put("WEFT_RUN_DIR", runFolder.toString());
    settings.put("JAVA_HOME", System.getProperty("java.home"));
  }

  /** Sets an environment variable for every command that follows. */
  WeftStack with(String name, String value) {
    settings.put(name, value);
    return this;
  }

  /** Starts services, all when none is named, after stopping what an earlier run left behind. */
  WeftStack up(String... services) {
    weft("down");
    Result result = weft(Stream.concat(Stream.of("up"), Stream.of(services)).toList());
    assertThat(result.exit()).as(result.output()).isZero();
    return this;
  }

  /** Runs a command of the launcher to its end. */
  Result weft(String... arguments) {
    return weft(List.of(arguments));
  }

  private Result weft(List<String> arguments) {
    List<String> command = new ArrayList<>(arguments);
    command.addFirst(ROOT.resolve("weft").toString());
    return run(command);
  }

  /** Runs any command in the repository, with this stack's settings and nobody else's. */
  Result run(List<String> command) {
    try {
      Path output = Files.createTempFile("weft-e2e", ".out");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(ROOT.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder
          .environment()
          .keySet()
          .removeIf(name -> name.startsWith("WEFT_") && !name.equals("WEFT_SKIP_BUILD"));
      builder.environment().putAll(settings);
      Process process = builder.start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().waitFor();
      }
      // Not readString: openssl shows what bytes a server sends, and they need not be text.
      String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
      Files.delete(output);
      assertThat(ended).as("%s did not end in %s: %s", command, LIMIT, text).isTrue();
      return new Result(process.exitValue(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Logs and process ids of this stack. */
  Path runFolder() {
    return runFolder;
  }

  /** One of this stack's ports, given the port without an offset. */
  int port(int base) {
    return base + offset;
  }

  /** The gateway's API. */
  Api api() {
    return new Api(port(8080));
  }

  /** The generator's metrics, now. */
  Metrics generatorMetrics() {
    return Metrics.read(port(9083));
  }

  /** Process id of a running service. */
  long pid(String service) {
    try {
      String line = Files.readString(runFolder.resolve(service + ".pid"));
      return Long.parseLong(line.substring(0, line.indexOf(' ')));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Resident memory of a running service. */
  long residentMib(String service) {
    try {
      return Files.readAllLines(Path.of("/proc", String.valueOf(pid(service)), "status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    weft("down");
  }

  /**
   * What a command came to.
   *
   * @param exit its exit code
   * @param output standard output and standard error, together
   */
  record Result(int exit, String output) {}
}
