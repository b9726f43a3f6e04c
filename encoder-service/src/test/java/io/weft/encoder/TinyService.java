package io.weft.encoder;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weft.encoder.testing.Configs;
import io.weft.importer.quantize.Dtype;
import io.weft.importer.testing.TinyEncoders;
import io.weft.runtime.grpc.OpenCalls;
import io.weft.runtime.health.GrpcHealthStatus;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The service's RPCs over tiny encoders, named ARCHITECTURE-MODEL, without a connection. */
final class TinyService {
  private final ServedModels models;
  private final EncoderGrpcService rpcs;

  private TinyService(ServedModels models, EncoderConfig config) {
    this.models = models;
    this.rpcs =
        new EncoderGrpcService(models, config, OpenTelemetry.noop().getTracer("weft-encoder"));
  }

  /**
   * Imports all {@code names} of all {@code architectures} and serves them with a budget that puts
   * several sequences into a batch.
   *
   * @param folder where the models go
   */
  static TinyService start(Path folder, List<String> architectures, List<String> names)
      throws InterruptedException {
    for (String architecture : architectures) {
      for (String name : names) {
        TinyEncoders.importModel(architecture, name, folder, Dtype.FP32);
      }
    }
    return open(
        Configs.of(
            Map.of("models-dir", folder.toString(), "threads", "1", "max-batch-tokens", "128")));
  }

  /** Serves one model of a folder. */
  static TinyService open(Path folder, String model) throws InterruptedException {
    return open(
        Configs.of(Map.of("models-dir", folder.toString(), "threads", "1", "models", model)));
  }

  private static TinyService open(EncoderConfig config) throws InterruptedException {
    ServedModels models =
        new ServedModels(
            config,
            new SimpleMeterRegistry(),
            new GrpcHealthStatus(new GrpcHealthStorage()),
            new OpenCalls());
    models.load(new StartupEvent());
    return new TinyService(models, config);
  }

  EncoderGrpcService rpcs() {
    return rpcs;
  }

  void close() throws InterruptedException {
    models.stop(new ShutdownEvent());
  }
}
