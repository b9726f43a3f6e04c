package io.weft.gateway.http;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weft.gateway.GatewayConfig;
import io.weft.runtime.health.GrpcHealthStatus;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.health.Readiness;

/**
 * What the standard health check of gRPC answers: the process and {@code InferenceService} serve
 * while the gateway is ready, the services of encoders while an encoder is there. Looked at as
 * often as the backends, by one thread of its own.
 */
@Singleton
final class GrpcHealth {
  private static final List<String> WHOLE = List.of("", "weft.gateway.v1.InferenceService");

  private static final List<String> ENCODERS =
      List.of(
          "tei.v1.Info",
          "tei.v1.Embed",
          "tei.v1.Predict",
          "tei.v1.Rerank",
          "tei.v1.Tokenize",
          "inference.GRPCInferenceService");

  private final BackendsReadiness readiness;
  private final GrpcHealthStatus status;
  private final Duration interval;
  private final Thread thread =
      Thread.ofPlatform().daemon().name("grpc-health").unstarted(this::run);

  GrpcHealth(
      @Readiness BackendsReadiness readiness, GrpcHealthStatus status, GatewayConfig config) {
    this.readiness = readiness;
    this.status = status;
    this.interval = config.pollInterval();
  }

  void onStart(@Observes StartupEvent event) {
    thread.start();
  }

  void onStop(@Observes ShutdownEvent event) {
    thread.interrupt();
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        boolean ready = readiness.isReady();
        boolean encodes = readiness.canEncode();
        WHOLE.forEach(service -> status.setServing(service, ready));
        ENCODERS.forEach(service -> status.setServing(service, encodes));
        Thread.sleep(interval);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
