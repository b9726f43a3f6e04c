package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code deploy/} holds: checked as a whole, and an image's layout started. */
class DeploymentIT {
  private static final Path ROOT = WeftStack.ROOT;
  private static final Path DOCKERFILE = ROOT.resolve("deploy/docker/Dockerfile");
  private static final Path CACHE = ROOT.resolve(".cache");
  private static final int PORT = 21_080;
  private static final Pattern COPY =
      Pattern.compile("^COPY --chmod=0755 \\$\\{MODULE}/(\\S+) /(\\S+)$", Pattern.MULTILINE);
  private static final Pattern ENTRYPOINT =
      Pattern.compile("^ENTRYPOINT (\\[.*])$", Pattern.MULTILINE);

  @Test
  void theChartTheDockerfilesAndTheAlertsAreValid() throws Exception {
    awaitHelm();
    try (WeftStack stack = new WeftStack(WeftStack.SCRATCH)) {
      WeftStack.Result result =
          stack.run(List.of(CACHE.resolve("venv/bin/python").toString(), "deploy/check.py"));
      assertThat(result.exit()).as(result.output()).isZero();
      assertThat(result.output())
          .contains("values-laptop.yaml", "values-cpu.yaml", "values-gpu.yaml");
    }
  }

  @Test
  void whatTheDockerfileCopiesStartsAsItSaysAndLogsJson() throws Exception {
    Path image = ROOT.resolve("e2e/target/image");
    Path log = ROOT.resolve("e2e/target/image.log");
    layOut("gateway", image);
    ProcessBuilder builder = new ProcessBuilder(entrypoint(image));
    builder.environment().put("WEFT_LOG_JSON", "true");
    builder.environment().put("WEFT_GATEWAY_HTTP_PORT", String.valueOf(PORT));
    builder.environment().put("WEFT_GATEWAY_GRPC_PORT", String.valueOf(PORT + 1));
    builder.environment().put("WEFT_GATEWAY_MANAGEMENT_PORT", String.valueOf(PORT + 2));
    builder.environment().put("WEFT_GATEWAY_HTTPS_PORT", String.valueOf(PORT + 3));
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      awaitAlive(process, log);
    } finally {
      process.destroy();
    }
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    List<String> lines = Files.readAllLines(log);
    assertThat(lines).isNotEmpty();
    for (String line : lines) {
      JsonNode entry = new ObjectMapper().readTree(line);
      assertThat(entry.path("level").asText()).as(line).isNotEmpty();
      assertThat(entry.path("message").asText()).as(line).isNotEmpty();
    }
  }

  /** The test setup may still be building it. */
  private static void awaitHelm() throws InterruptedException {
    Instant limit = Instant.now().plus(Duration.ofMinutes(5));
    boolean onPath =
        Stream.of(System.getenv("PATH").split(":", -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "helm")));
    while (!onPath && !Files.isExecutable(CACHE.resolve("bin/helm"))) {
      assertThat(CACHE.resolve("bin/helm.failed")).as("Helm could not be built").doesNotExist();
      assertThat(Instant.now()).as("waiting for Helm").isBefore(limit);
      Thread.sleep(500);
    }
  }

  private static void layOut(String module, Path image) throws IOException {
    Matcher copies = COPY.matcher(Files.readString(DOCKERFILE));
    int found = 0;
    while (copies.find()) {
      copy(ROOT.resolve(module).resolve(copies.group(1)), image.resolve(copies.group(2)));
      found++;
    }
    assertThat(found).isEqualTo(4);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : (Iterable<Path>) all::iterator) {
        Path target = to.resolve(from.relativize(each).toString());
        if (Files.isDirectory(each)) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.deleteIfExists(target);
          Files.copy(each, target);
        }
      }
    }
  }

  private static List<String> entrypoint(Path image) throws IOException {
    Matcher entrypoint = ENTRYPOINT.matcher(Files.readString(DOCKERFILE));
    assertThat(entrypoint.find()).isTrue();
    List<String> command = new ArrayList<>();
    for (JsonNode part : new ObjectMapper().readTree(entrypoint.group(1))) {
      command.add(part.asText().replaceFirst("^/app/", image.resolve("app") + "/"));
    }
    command.set(0, Path.of(System.getProperty("java.home"), "bin/java").toString());
    return command;
  }

  private static void awaitAlive(Process process, Path log) throws Exception {
    Instant limit = Instant.now().plusSeconds(60);
    while (!isAlive()) {
      assertThat(process.isAlive()).as(Files.readString(log)).isTrue();
      assertThat(Instant.now()).as(Files.readString(log)).isBefore(limit);
      Thread.sleep(100);
    }
  }

  private static boolean isAlive() {
    try {
      URI health = URI.create("http://127.0.0.1:" + (PORT + 2) + "/q/health/live");
      HttpURLConnection connection = (HttpURLConnection) health.toURL().openConnection();
      connection.setReadTimeout(5_000);
      return connection.getResponseCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }
}
