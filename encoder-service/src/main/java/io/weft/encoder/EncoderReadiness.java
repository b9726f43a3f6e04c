package io.weft.encoder;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.stream.Collectors;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready when there are models, all of them warmed up and running. */
@Readiness
@ApplicationScoped
class EncoderReadiness implements HealthCheck {
  private final ServedModels models;
  private final EncoderConfig config;

  EncoderReadiness(ServedModels models, EncoderConfig config) {
    this.models = models;
    this.config = config;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("models");
    if (!models.loaded()) {
      return response.down().withData("reason", "the models are being loaded").build();
    }
    if (models.all().isEmpty()) {
      return response
          .down()
          .withData("reason", "no encoder model in " + config.modelsDir().toAbsolutePath())
          .build();
    }
    return response
        .status(models.all().stream().allMatch(ServedModel::isRunning))
        .withData(
            "models",
            models.all().stream()
                .map(model -> model.manifest().name())
                .collect(Collectors.joining(", ")))
        .build();
  }
}
