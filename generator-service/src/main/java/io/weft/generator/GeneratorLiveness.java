package io.weft.generator;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Alive while no engine has failed: an engine's thread does not come back. */
@Liveness
@ApplicationScoped
class GeneratorLiveness implements HealthCheck {
  private final ServedModels models;

  GeneratorLiveness(ServedModels models) {
    this.models = models;
  }

  @Override
  public HealthCheckResponse call() {
    List<String> failed = models.failed();
    return failed.isEmpty()
        ? HealthCheckResponse.up("engines")
        : HealthCheckResponse.named("engines")
            .down()
            .withData("failed", String.join(", ", failed))
            .build();
  }
}
