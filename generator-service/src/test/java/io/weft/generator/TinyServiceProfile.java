package io.weft.generator;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyCheckpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The service with a tiny decoder and a tiny encoder-decoder, beside a tokenizer that is ready only
 * at the third call. The trace goes to a bean of the test.
 */
public final class TinyServiceProfile implements QuarkusTestProfile {
  static final int MAX_REQUESTS = 40;
  static final String ENCODER_DECODER = "tiny-byt5";

  @Override
  public Map<String, String> getConfigOverrides() {
    try {
      Path models = Files.createTempDirectory("weft-models");
      TinyCheckpoints.importLlama(models, Dtype.FP32);
      TinyCheckpoints.importCheckpoint(ENCODER_DECODER, models, Dtype.FP32);
      return Map.of(
          "weft.generator.models-dir", models.toString(),
          "weft.generator.slots", "4",
          "weft.generator.prefill-chunk", "16",
          "weft.generator.threads", "1",
          "weft.generator.max-queued-requests", String.valueOf(MAX_REQUESTS),
          "weft.generator.vocabulary-retry", "10ms",
          "quarkus.grpc.server.test-port", String.valueOf(freePort()),
          "quarkus.grpc.clients.tokenizer.test-port",
              String.valueOf(FakeTokenizer.honest(320, 2).port()),
          "quarkus.otel.sdk.disabled", "false",
          "quarkus.otel.traces.exporter", "cdi");
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
