package io.weft.gateway.backend;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** With no backend at all the gateway runs, is not ready, and says why. */
@QuarkusTest
@TestProfile(BackendsDownTest.Nobody.class)
class BackendsDownTest {
  /** Nothing listens on port 1. */
  public static final class Nobody implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "quarkus.grpc.clients.tokenizer.test-port", "1",
          "quarkus.grpc.clients.encoder.test-port", "1",
          "quarkus.grpc.clients.generator.test-port", "1");
    }
  }

  @TestHTTPResource URI base;

  @TestHTTPResource(management = true)
  URI management;

  @Test
  void isNotReadyAndSaysWhy() {
    Http.await(
        "a look at every backend",
        () -> !Http.get(base, "/health").body().contains("not asked yet"));

    HttpResponse<String> response = Http.get(base, "/health");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body())
        .isEqualTo(
            body(
                "{'status':'unavailable','backends':{"
                    + "'encoder':'down: the encoder is not reachable',"
                    + "'generator':'down: the generator is not reachable',"
                    + "'tokenizer':'down: the tokenizer is not reachable'}}"));
    HttpResponse<String> ready = Http.get(management, "/q/health/ready");
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(ready.body()).contains("the generator is not reachable");
    assertThat(Http.get(management, "/q/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void answers503() {
    try (LogRecorder log = LogRecorder.start()) {
      check(
          Http.post(
              base,
              "/v1/chat/completions",
              body("{'model':'smol','stream':true,'messages':[{'role':'user','content':'S'}]}")),
          "the generator is not reachable");
      check(
          Http.post(base, "/v1/completions", body("{'model':'smol','prompt':'S'}")),
          "the generator is not reachable");
      check(
          Http.post(base, "/v1/embeddings", body("{'model':'minilm','input':'S'}")),
          "the encoder is not reachable");
      check(Http.get(base, "/v1/models"), "neither the generator nor the encoder is reachable");
      assertThat(log.text()).as("nothing to log of a request").doesNotContain("internal error");
    }
  }

  private static void check(HttpResponse<String> response, String message) {
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).hasValue("1");
    JsonNode error = Http.json(response.body()).path("error");
    assertThat(error.path("message").asText()).isEqualTo(message);
    assertThat(error.path("type").asText()).isEqualTo("service_unavailable_error");
    assertThat(error.path("code").asText()).isEqualTo("backend_unavailable");
  }
}
