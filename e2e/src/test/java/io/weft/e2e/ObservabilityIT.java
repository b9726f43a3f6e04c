package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The dashboard and the alerts of {@code deploy/} before a real Prometheus that watches a stack.
 */
@ExtendWith(SharedStack.class)
class ObservabilityIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @Test
  void everyQueryOfTheDashboardHasDataAndNoAlertFires(WeftStack stack) throws Exception {
    try (Prometheus prometheus = Prometheus.watching(stack);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      await(() -> "Prometheus", prometheus::isReady);
      // Rates are of the last seconds only: there is work until all of them were seen.
      AtomicBoolean seen = new AtomicBoolean();
      List<Future<?>> work = new ArrayList<>();
      for (int caller = 0; caller < 2; caller++) {
        int number = caller;
        work.add(callers.submit(() -> ask(stack.api(), number, seen)));
      }
      List<String> queries = queries();
      assertThat(queries).hasSizeGreaterThan(40);
      Map<String, String> empty = new TreeMap<>();
      await(
          () -> "data for every query; there is none for " + empty,
          () -> {
            empty.clear();
            for (String query : queries) {
              JsonNode result = prometheus.query(query.replace("$__rate_interval", "30s"));
              if (!hasNumber(result)) {
                empty.put(query, result.toString());
              }
            }
            return empty.isEmpty();
          });
      seen.set(true);
      for (Future<?> done : work) {
        done.get();
      }
      checkAlerts(prometheus);
    }
  }

  private static void checkAlerts(Prometheus prometheus) {
    await(
        () -> "the alert rules",
        () -> {
          JsonNode rules = prometheus.get("/api/v1/rules").path("groups").path(0).path("rules");
          for (JsonNode rule : rules) {
            if (!rule.path("health").asText().equals("ok")) {
              return false;
            }
          }
          return rules.size() >= 9;
        });
    for (JsonNode alert : prometheus.get("/api/v1/alerts").path("alerts")) {
      assertThat(alert.path("labels").path("alertname").asText())
          .isNotIn("WeftServiceDown", "WeftEngineStuck", "WeftLogitsBroken");
    }
  }

  private static void ask(Api api, int caller, AtomicBoolean seen) {
    for (int round = 0; !seen.get(); round++) {
      String text = "Caller %d counts to %d: one, two, three".formatted(caller, round);
      assertThat(api.post("/v1/chat/completions", Api.chat(text, Map.of("max_tokens", 8))).status())
          .isEqualTo(200);
      assertThat(
              api.post("/v1/embeddings", Map.of("model", Api.EMBEDDING_MODEL, "input", text))
                  .status())
          .isEqualTo(200);
    }
  }

  private static List<String> queries() throws IOException {
    JsonNode dashboard =
        new ObjectMapper().readTree(WeftStack.ROOT.resolve("deploy/grafana/weft.json").toFile());
    List<String> queries = new ArrayList<>();
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        queries.add(target.path("expr").asText());
      }
    }
    return queries;
  }

  /** Quantiles of nothing and rates of nothing are NaN. */
  private static boolean hasNumber(JsonNode result) {
    for (JsonNode sample : result) {
      if (Double.isFinite(Double.parseDouble(sample.path("value").path(1).asText()))) {
        return true;
      }
    }
    return false;
  }

  private static void await(Supplier<String> what, BooleanSupplier condition) {
    Instant limit = Instant.now().plus(LIMIT);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as("waiting for %s", what.get()).isBefore(limit);
      try {
        Thread.sleep(200);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
