package io.weft.generator;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.stream.Collectors;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready when there are models, all of them warm, with their vocabularies, and running. */
@Readiness
@ApplicationScoped
class GeneratorReadiness implements HealthCheck {
  private final ServedModels models;

  GeneratorReadiness(ServedModels models) {
    this.models = models;
  }

  @Override
  public HealthCheckResponse call() {
    List<String> reasons = models.reasonsNotReady();
    if (!reasons.isEmpty()) {
      return HealthCheckResponse.named("models")
          .down()
          .withData("reason", String.join("; ", reasons))
          .build();
    }
    return HealthCheckResponse.named("models")
        .up()
        .withData(
            "models",
            models.all().stream()
                .map(model -> model.manifest().name())
                .collect(Collectors.joining(", ")))
        .build();
  }
}
