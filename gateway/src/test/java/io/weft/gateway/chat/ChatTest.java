package io.weft.gateway.chat;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.Fakes;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ChatTest {
  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset();
    Http.await("backends", () -> Http.get(base, "/health").statusCode() == 200);
  }

  @Test
  void answersWhole() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/chat/completions",
            body("{'model':'smol','messages':[{'role':'user','content':'say hello'}]}"));
    System.out.println(response.headers().map() + response.body());
    assertThat(response.statusCode()).isEqualTo(200);
  }

  @Test
  void streams() {
    HttpResponse<String> response =
        Http.post(
            base,
            "/v1/chat/completions",
            body(
                "{'model':'smol','stream':true,'stream_options':{'include_usage':true},'messages':[{'role':'user','content':'say hello'}]}"));
    System.out.println(response.headers().map() + response.body());
    assertThat(response.statusCode()).isEqualTo(200);
  }
}
