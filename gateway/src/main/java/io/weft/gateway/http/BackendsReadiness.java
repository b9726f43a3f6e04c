package io.weft.gateway.http;

import io.weft.gateway.backend.Backend;
import io.weft.gateway.backend.Backends;
import io.weft.gateway.backend.ModelDescription;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Ready, once every backend was asked and until the gateway is told to stop, while the tokenizer
 * and at least one worker with a model are reachable: chat goes on when the encoder is down, and
 * embeddings when the generator is. Says of each backend what is wrong.
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
    return !drain.isStopping() && canServe(backends::state);
  }

  /** Whether encoders can be asked, whatever the generator does. */
  public boolean canEncode() {
    return !drain.isStopping()
        && backends.state(Backend.TOKENIZER).canServe()
        && backends.state(Backend.ENCODER).canServe();
  }

  /**
   * A gateway that has heard of one worker first would refuse requests for the other, so all have
   * to be known.
   */
  static boolean canServe(Function<Backend, Backends.State> states) {
    return Arrays.stream(Backend.values()).map(states).allMatch(Backends.State::isKnown)
        && states.apply(Backend.TOKENIZER).canServe()
        && (states.apply(Backend.GENERATOR).canServe() || states.apply(Backend.ENCODER).canServe());
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
