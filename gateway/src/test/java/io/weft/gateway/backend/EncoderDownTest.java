package io.weft.gateway.backend;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.Http;
import io.weft.gateway.fake.Fakes;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Without the encoder, text is generated as ever. */
@QuarkusTest
@TestProfile(EncoderDownTest.NoEncoder.class)
class EncoderDownTest {
  /** Nothing listens on port 1. */
  public static final class NoEncoder implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("quarkus.grpc.clients.encoder.test-port", "1");
    }
  }

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset();
    Http.await(
        "the workers",
        () -> {
          String health = Http.get(base, "/health").body();
          return health.contains("\"generator\":\"up: ") && !health.contains("not asked yet");
        });
  }

  @Test
  void chatGoesOn() {
    assertThat(Http.get(base, "/health").body())
        .contains("\"status\":\"ok\"", "\"encoder\":\"down: the encoder is not reachable\"");
    assertThat(Http.json(Http.get(base, "/v1/models").body()).path("data").findValuesAsText("id"))
        .containsExactly("smol", "t5");
    assertThat(
            Http.post(
                    base,
                    "/v1/chat/completions",
                    body("{'model':'smol','messages':[{'role':'user','content':'hi'}]}"))
                .statusCode())
        .isEqualTo(200);
    for (String[] encoded :
        new String[][] {
          {"/v1/embeddings", "{'model':'minilm','input':'a'}"},
          {"/v1/rerank", "{'model':'minilm','query':'a','documents':['b']}"},
          {"/v1/score", "{'model':'minilm','text_1':'a','text_2':'b'}"}
        }) {
      HttpResponse<String> refused = Http.post(base, encoded[0], body(encoded[1]));
      assertThat(refused.statusCode()).as(encoded[0]).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(refused.body()).contains("the encoder is not reachable");
    }
  }
}
