package io.weft.gateway.http;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.Fakes;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every answer says to browsers, errors and streams included. */
@QuarkusTest
class SecurityHeadersTest {
  private static final String CHAT = "/v1/chat/completions";

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void everyAnswerHasThem() {
    String chat = body("{'model':'smol','messages':[{'role':'user','content':'hi'}]}");
    for (HttpResponse<String> response :
        List.of(
            Http.get(base, "/health"),
            Http.get(base, "/v1/models"),
            Http.get(base, "/nope"),
            Http.get(base, CHAT),
            Http.post(base, CHAT, "{nonsense"),
            Http.post(base, CHAT, chat),
            Http.post(base, CHAT, chat.replace("{\"model", "{\"stream\":true,\"model")))) {
      assertThat(header(response, "Content-Security-Policy"))
          .hasSize(1)
          .first()
          .asString()
          .contains("default-src 'self'", "frame-ancestors 'none'");
      assertThat(header(response, "X-Content-Type-Options")).containsExactly("nosniff");
      assertThat(header(response, "Referrer-Policy")).containsExactly("no-referrer");
      assertThat(header(response, "X-Frame-Options")).containsExactly("DENY");
    }
  }

  @Test
  void pagesOfOtherOriginsMayNotReadAnAnswer() {
    HttpResponse<String> response =
        Http.send(Http.request(base, "/v1/models").header("Origin", "https://app.example").GET());

    assertThat(header(response, "Access-Control-Allow-Origin")).isEmpty();
  }

  private static List<String> header(HttpResponse<String> response, String name) {
    return response.headers().allValues(name);
  }
}
