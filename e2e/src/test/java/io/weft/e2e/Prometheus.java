package io.weft.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A Prometheus that watches a stack by the configuration in {@code deploy/}, at a faster pace. */
final class Prometheus implements AutoCloseable {
  private static final Path SOURCES = WeftStack.ROOT.resolve("deploy/prometheus");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final int port;

  private Prometheus(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static Prometheus watching(WeftStack stack) throws IOException {
    Path folder = stack.runFolder().resolve("prometheus");
    Files.createDirectories(folder);
    String config = Files.readString(SOURCES.resolve("prometheus.yml")).replace("15s", "1s");
    for (int base = 9080; base <= 9083; base++) {
      config = config.replace("127.0.0.1:" + base, "127.0.0.1:" + stack.port(base));
    }
    Files.writeString(folder.resolve("prometheus.yml"), config);
    Files.writeString(
        folder.resolve("alerts.yml"), Files.readString(SOURCES.resolve("alerts.yml")));
    int port = freePort();
    List<String> command =
        List.of(
            binary(),
            "--config.file=" + folder.resolve("prometheus.yml"),
            "--storage.tsdb.path=" + folder.resolve("data-" + port),
            "--web.listen-address=127.0.0.1:" + port);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    return new Prometheus(process, port);
  }

  /** The result of a query at this moment. */
  JsonNode query(String expression) {
    return get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
        .path("result");
  }

  /** The data of an endpoint of its API. */
  JsonNode get(String path) {
    try (var in = URI.create("http://127.0.0.1:" + port + path).toURL().openStream()) {
      return JSON.readTree(in).path("data");
    } catch (IOException e) {
      throw new UncheckedIOException(path, e);
    }
  }

  boolean isReady() {
    try (var in = URI.create("http://127.0.0.1:" + port + "/-/ready").toURL().openStream()) {
      return in.read() >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String binary() {
    Path cached = WeftStack.ROOT.resolve(".cache/prometheus/usr/bin/prometheus");
    return Files.isExecutable(cached) ? cached.toString() : "prometheus";
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
