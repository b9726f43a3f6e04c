package io.weft.generator;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/**
 * Alive while no engine has failed, whose thread does not come back, and none is stuck in a step,
 * which no other thread can end.
 */
@Liveness
@ApplicationScoped
class GeneratorLiveness implements HealthCheck {
  private final ServedModels models;

  GeneratorLiveness(ServedModels models) {
    this.models = models;
  }

  @Override
  public HealthCheckResponse call() {
    List<String> faults = models.faults();
    return faults.isEmpty()
        ? HealthCheckResponse.up("engines")
        : HealthCheckResponse.named("engines")
            .down()
            .withData("reason", String.join("; ", faults))
            .build();
  }
}
