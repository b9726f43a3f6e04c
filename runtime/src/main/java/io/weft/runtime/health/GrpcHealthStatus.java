package io.weft.runtime.health;

import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/**
 * What the standard health check ({@code grpc.health.v1}) answers. Quarkus says SERVING once the
 * gRPC server listens; a service that still loads its models, or has none, corrects that here.
 */
@ApplicationScoped
public class GrpcHealthStatus {
  private final GrpcHealthStorage storage;

  public GrpcHealthStatus(GrpcHealthStorage storage) {
    this.storage = storage;
  }

  /** Sets the status of the process and of each of its services. */
  public void setServing(boolean serving) {
    ServingStatus status = serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    storage.setStatus(GrpcHealthStorage.DEFAULT_SERVICE_NAME, status);
    List.copyOf(storage.getStatuses().keySet())
        .forEach(service -> storage.setStatus(service, status));
  }

  /** Sets the status of one service, "" for the process; only a change is told to watchers. */
  public void setServing(String service, boolean serving) {
    ServingStatus status = serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    if (storage.getStatuses().get(service) != status) {
      storage.setStatus(service, status);
    }
  }
}
