package io.weft.runtime.health;

import io.quarkus.grpc.runtime.GrpcServerRecorder;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready only while the gRPC server listens. Quarkus goes on running when that server fails to start
 * (a taken port is only logged), and a service without its gRPC port is of no use.
 */
@Readiness
@ApplicationScoped
final class GrpcServerReadiness implements HealthCheck {
  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("grpc-server")
        .status(GrpcServerRecorder.getVerticleCount() > 0)
        .build();
  }
}
