package io.weft.encoder.testing;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/** Gives a test of the whole service a models folder with the tiny BERT, and a free gRPC port. */
public final class TinyModel implements QuarkusTestResourceLifecycleManager {
  private Path models;

  @Override
  public Map<String, String> start() {
    try {
      models = Files.createTempDirectory("models");
      TinyCheckpoints.importBert(models, Dtype.FP32);
      // A decoder beside it is none of the encoder's business.
      TinyCheckpoints.importLlama(models, Dtype.FP32);
      return Map.of(
          "weft.encoder.models-dir", models.toString(),
          "quarkus.grpc.server.test-port", Integer.toString(freePort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    if (models == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(models)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
