package io.weft.gateway.error;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import io.weft.gateway.fake.Fakes;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;

/** What all refusals have in common: OpenAI's shape, and no text of the request. */
abstract class RefusalTest {
  /** Stands for the text of a user in every body: it must come back in no error and no log. */
  private static final String SECRET = "xyzzy-plugh";

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  /** Posts a body, in which S stands for the text of a user, and checks how it is refused. */
  JsonNode check(String route, String body, int status, String param, String code, String message) {
    try (LogRecorder log = LogRecorder.start()) {
      HttpResponse<String> response =
          Http.post(base, route, body(body.replaceAll("\\bS\\b", SECRET)));

      assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
      assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
      JsonNode error = Http.json(response.body()).path("error");
      assertThat(error.path("message").asText()).isEqualTo(message);
      assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
      assertThat(error.path("param").textValue()).isEqualTo(param);
      if (code != null) {
        assertThat(error.path("code").asText()).isEqualTo(code);
      }
      assertThat(response.body()).doesNotContain(SECRET);
      assertThat(log.text()).doesNotContain(SECRET);
      return error;
    }
  }
}
