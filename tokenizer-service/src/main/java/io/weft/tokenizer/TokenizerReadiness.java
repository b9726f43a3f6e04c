package io.weft.tokenizer;

import io.weft.tokenizer.model.TokenizerModel;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.stream.Collectors;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Ready when there are models, loaded and proven; those that cannot be used are named. */
@Readiness
@ApplicationScoped
class TokenizerReadiness implements HealthCheck {
  private final TokenizerRuntime runtime;
  private final TokenizerConfig config;

  TokenizerReadiness(TokenizerRuntime runtime, TokenizerConfig config) {
    this.runtime = runtime;
    this.config = config;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("models");
    TokenizerRuntime.State state = runtime.stateIfLoaded();
    if (state == null) {
      return response.down().withData("reason", "the tokenizers are being loaded").build();
    }
    if (!state.models().broken().isEmpty()) {
      response.withData("left_out", String.join(", ", state.models().broken().keySet()));
    }
    if (state.models().all().isEmpty()) {
      return response
          .down()
          .withData("reason", "no model with a tokenizer in " + config.modelsDir().toAbsolutePath())
          .build();
    }
    return response
        .up()
        .withData(
            "models",
            state.models().all().stream()
                .map(TokenizerModel::name)
                .collect(Collectors.joining(", ")))
        .build();
  }
}
