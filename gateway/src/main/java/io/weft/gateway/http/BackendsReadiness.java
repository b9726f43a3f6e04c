package io.weft.gateway.http;

import io.weft.gateway.backend.Backend;
import io.weft.gateway.backend.Backends;
import io.weft.gateway.backend.ModelDescription;
import jakarta.inject.Singleton;
import java.util.stream.Collectors;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready, until the gateway is told to stop, while the tokenizer and at least one worker with a
 * model are reachable: chat goes on when the encoder is down, and embeddings when the generator is.
 * Says of each backend what is wrong.
 */
@Readiness
@Singleton
public final class BackendsReadiness implements HealthCheck {
  private final Backends backends;
  private final Drain drain;

  BackendsReadiness(Backends backends, Drain drain) {
    this.backends = backends;
    this.drain = drain;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("backends").status(isReady());
    for (Backend backend : Backend.values()) {
      response.withData(backend.toString(), describe(backends.state(backend)));
    }
    return response.build();
  }

  boolean isReady() {
    return !drain.isStopping()
        && canServe(Backend.TOKENIZER)
        && (canServe(Backend.GENERATOR) || canServe(Backend.ENCODER));
  }

  /** Whether encoders can be asked, whatever the generator does. */
  public boolean canEncode() {
    return !drain.isStopping() && canServe(Backend.TOKENIZER) && canServe(Backend.ENCODER);
  }

  private boolean canServe(Backend backend) {
    Backends.State state = backends.state(backend);
    return state.reachable() && !state.models().isEmpty();
  }

  static String describe(Backends.State state) {
    if (!state.reachable()) {
      return "down: " + state.problem();
    }
    String replicas =
        state.known() > 1 ? " (%d of %d replicas)".formatted(state.serving(), state.known()) : "";
    return state.models().isEmpty()
        ? "up, no models" + replicas
        : "up: "
            + state.models().stream().map(ModelDescription::name).collect(Collectors.joining(", "))
            + replicas;
  }
}
