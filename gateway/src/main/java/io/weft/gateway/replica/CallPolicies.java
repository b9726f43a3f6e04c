package io.weft.gateway.replica;

import io.grpc.Status;
import io.weft.runtime.grpc.Statuses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The service configuration of a channel, as gRPC's service_config.proto has it: which balancer,
 * and which calls gRPC itself tries again or sends twice.
 */
final class CallPolicies {
  /** Attempts of one call, the first included. */
  static final int ATTEMPTS = 4;

  private static final Map<String, String> SERVICES =
      Map.of(
          "tokenizer", "weft.tokenizer.v1.TokenizerService",
          "encoder", "weft.encoder.v1.EncoderService",
          "generator", "weft.generator.v1.GeneratorService");

  private CallPolicies() {}

  /**
   * For a backend. Calls of tokenizers and encoders change nothing, so an attempt that failed
   * before its reply began goes to another replica within the call's deadline. Generations are not
   * tried again by gRPC: the generator's client does that, up to the first token.
   *
   * @param hedgeAfter when embeddings that are not there yet are asked of a second replica; empty
   *     for never
   */
  static Map<String, Object> of(String backend, Optional<Duration> hedgeAfter) {
    List<Map<String, Object>> methods = new ArrayList<>();
    String service = SERVICES.get(backend);
    if (service == null) {
      throw new IllegalArgumentException("no such backend: " + backend);
    }
    if (!backend.equals("generator")) {
      methods.add(
          Map.of("name", List.of(Map.of("service", service)), "retryPolicy", retryPolicy()));
      // What the watch asks of one replica is not asked of another.
      methods.add(Map.of("name", List.of(Map.of("service", service, "method", "ListModels"))));
    }
    if (backend.equals("encoder") && hedgeAfter.isPresent()) {
      methods.add(
          Map.of(
              "name",
              List.of(Map.of("service", service, "method", "Embed")),
              "hedgingPolicy",
              Map.of(
                  "maxAttempts",
                  2.0,
                  "hedgingDelay",
                  seconds(hedgeAfter.get()),
                  "nonFatalStatusCodes",
                  lost())));
    }
    return Map.of(
        "loadBalancingConfig",
        List.of(Map.of(ReplicaBalancerProvider.POLICY, Map.of())),
        "retryThrottling",
        Map.of("maxTokens", (double) RetryBudget.TOKENS, "tokenRatio", RetryBudget.RATIO),
        "methodConfig",
        methods);
  }

  private static Map<String, Object> retryPolicy() {
    return Map.of(
        "maxAttempts",
        (double) ATTEMPTS,
        "initialBackoff",
        "0.01s",
        "maxBackoff",
        "0.2s",
        "backoffMultiplier",
        2.0,
        "retryableStatusCodes",
        lost());
  }

  private static List<String> lost() {
    return Statuses.LOST.stream().map(Status.Code::name).toList();
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.3fs", duration.toNanos() / 1e9);
  }
}
