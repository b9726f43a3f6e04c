package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service that was told to end has not failed: supervisors look at its exit code. */
@Timeout(120)
class ExitIT {
  private static final int OFFSET = WeftStack.EXIT;

  /** Folder of each service, and the port of its health checks. */
  private static final Map<String, Integer> SERVICES =
      Map.of(
          "tokenizer-service", 9081,
          "encoder-service", 9082,
          "generator-service", 9083,
          "gateway", 9080);

  @TempDir Path noModels;

  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void everyServiceEndsWithZero() throws Exception {
    SERVICES.forEach((service, _) -> processes.add(start(service)));
    for (int port : SERVICES.values()) {
      awaitLive(port + OFFSET);
    }
    for (Process process : processes) {
      assertThat(process.supportsNormalTermination()).isTrue();
      process.destroy();
    }
    for (Process process : processes) {
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(process.info().toString()).isZero();
    }
  }

  private Process start(String service) {
    Path jar = WeftStack.ROOT.resolve(service + "/target/quarkus-app/quarkus-run.jar");
    assertThat(Files.exists(jar)).as("%s is built", jar).isTrue();
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-jar",
                jar.toString())
            .redirectErrorStream(true)
            .redirectOutput(noModels.resolve(service + ".log").toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("WEFT_"));
    builder.environment().put("WEFT_MODELS_DIR", noModels.toString());
    for (Map.Entry<String, Integer> port :
        Map.of(
                "WEFT_TOKENIZER_GRPC_PORT", 9001,
                "WEFT_TOKENIZER_HTTP_PORT", 9081,
                "WEFT_ENCODER_GRPC_PORT", 9002,
                "WEFT_ENCODER_HTTP_PORT", 9082,
                "WEFT_GENERATOR_GRPC_PORT", 9003,
                "WEFT_GENERATOR_HTTP_PORT", 9083,
                "WEFT_GATEWAY_GRPC_PORT", 9000,
                "WEFT_GATEWAY_HTTP_PORT", 8080,
                "WEFT_GATEWAY_MANAGEMENT_PORT", 9080)
            .entrySet()) {
      builder.environment().put(port.getKey(), String.valueOf(port.getValue() + OFFSET));
    }
    try {
      return builder.start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitLive(int port) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!isLive(port)) {
      assertThat(System.nanoTime()).as("port %d answers", port).isLessThan(end);
      Thread.sleep(50);
    }
  }

  private static boolean isLive(int port) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/q/health/live").toURL().openConnection();
      connection.setConnectTimeout(1_000);
      connection.setReadTimeout(1_000);
      return connection.getResponseCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }
}
