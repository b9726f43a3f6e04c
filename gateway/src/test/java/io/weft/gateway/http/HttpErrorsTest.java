package io.weft.gateway.http;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import io.weft.gateway.fake.Fakes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Errors of HTTP itself: routes, methods, media types and the size of bodies. */
@QuarkusTest
class HttpErrorsTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String GOOD =
      body("{'model':'smol','messages':[{'role':'user','content':'hi'}]}");
  private static final int MIB = 1024 * 1024;

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void unknownRoutes() {
    for (String path :
        new String[] {"/nope", "/v1", "/v1/nope", "/v1/chat", "/favicon.ico", "/q/x"}) {
      check(Http.get(base, path), 404, "unknown_url", "no such route");
      check(Http.post(base, path, GOOD), 404, "unknown_url", "no such route");
    }
  }

  @Test
  void wrongMethods() {
    check(Http.get(base, CHAT), 405, "method_not_allowed", "this route has no such method");
    check(
        Http.send(Http.request(base, "/v1/models").DELETE()),
        405,
        "method_not_allowed",
        "this route has no such method");
  }

  @Test
  void wrongMethodsTellTheRightOnes() {
    for (String method : new String[] {"GET", "DELETE", "PUT", "PATCH", "TRACE"}) {
      HttpResponse<String> refused =
          Http.send(Http.request(base, CHAT).method(method, BodyPublishers.noBody()));
      assertThat(refused.statusCode()).as(method).isEqualTo(405);
      assertThat(refused.headers().firstValue("Allow")).as(method).hasValue("POST, OPTIONS");
    }
  }

  @Test
  void routesThatAreReadTellSo() {
    for (String path : new String[] {"/v1/models", "/v1/models/smol", "/health", "/info"}) {
      HttpResponse<String> refused = Http.post(base, path, GOOD);
      assertThat(refused.statusCode()).as(path).isEqualTo(405);
      assertThat(refused.headers().firstValue("Allow")).as(path).hasValue("GET, HEAD, OPTIONS");
    }
  }

  @Test
  void optionsTellTheMethodsOfEveryRouteAndOfNoOther() {
    JsonNode paths = Http.json(Http.get(base, "/openapi.json").body()).path("paths");
    assertThat(paths.size()).isGreaterThan(20);
    paths
        .properties()
        .forEach(
            path -> {
              HttpResponse<String> options = options(path.getKey().replace("{name}", "smol"));
              assertThat(options.statusCode()).as(path.getKey()).isEqualTo(200);
              assertThat(options.headers().firstValue("Allow"))
                  .as(path.getKey())
                  .hasValue(path.getValue().has("get") ? "GET, HEAD, OPTIONS" : "POST, OPTIONS");
            });
    for (String path : new String[] {"/nope", "/v1/nope", "/embed/x", "/v1/chat/completions/x"}) {
      check(options(path), 404, "unknown_url", "no such route");
      assertThat(options(path).headers().firstValue("Allow")).as(path).isEmpty();
    }
  }

  private HttpResponse<String> options(String path) {
    return Http.send(Http.request(base, path).method("OPTIONS", BodyPublishers.noBody()));
  }

  @Test
  void longUrisAndLargeHeaders() {
    check(
        Http.get(base, "/v1/models?x=" + "a".repeat(5_000)),
        414,
        "uri_too_long",
        "the request's URI has 5,013 characters, the limit is 4,096");
    HttpResponse<String> refused =
        Http.send(Http.request(base, "/v1/models").header("X-Large", "a".repeat(20_000)).GET());
    assertThat(refused.statusCode()).isEqualTo(431);
    assertThat(refused.body())
        .containsPattern("the headers have 20,[0-9]{3} bytes, the limit is 16,384")
        .contains("\"code\":\"headers_too_large\"");
    assertThat(
            Http.send(Http.request(base, "/v1/models").header("X", "a".repeat(15_000)).GET())
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void wrongMediaTypes() {
    for (String type : new String[] {"text/plain", "application/x-www-form-urlencoded", "x"}) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(base.resolve(CHAT)).header("Content-Type", type);
      check(
          Http.send(request.POST(BodyPublishers.ofString(GOOD))),
          415,
          "unsupported_media_type",
          "the body's Content-Type must be application/json");
    }
  }

  @Test
  void compressedBodies() {
    check(
        Http.send(
            Http.request(base, CHAT)
                .header("Content-Encoding", "gzip")
                .POST(BodyPublishers.ofByteArray(new byte[] {0x1f, (byte) 0x8b, 8, 0}))),
        415,
        "unsupported_encoding",
        "the body has a Content-Encoding, it must come as it is");
    assertThat(
            Http.send(
                    Http.request(base, CHAT)
                        .header("Content-Encoding", "identity")
                        .POST(BodyPublishers.ofString(GOOD)))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void hostsThatMakeNoSense() throws IOException {
    try (LogRecorder log = LogRecorder.start()) {
      for (String host : new String[] {"", "Host: a b\r\n", "Host: a:b:c\r\n"}) {
        try (RawConnection connection = new RawConnection(base)) {
          connection.send("GET /health HTTP/1.1\r\n" + host + "\r\n");
          assertThat(connection.response())
              .startsWith("HTTP/1.1 400 ")
              .contains("\"the request's URI or its Host header makes no sense\"")
              .contains("\"type\":\"invalid_request_error\"");
        }
      }
      assertThat(log.text()).isEmpty();
    }
  }

  @Test
  void takesJsonWithCharsetAndWithoutContentType() throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(CHAT))
            .header("Content-Type", "application/json; charset=utf-8");
    assertThat(Http.send(request.POST(BodyPublishers.ofString(GOOD))).statusCode()).isEqualTo(200);

    try (RawConnection connection = new RawConnection(base)) {
      connection.send(
          "POST "
              + CHAT
              + " HTTP/1.1\r\nHost: x\r\nContent-Length: "
              + GOOD.length()
              + "\r\n\r\n"
              + GOOD);
      assertThat(connection.response()).startsWith("HTTP/1.1 200 OK");
    }
  }

  @Test
  void bodiesOfTenMegabytesGetAnErrorThatNamesLimitAndSize() {
    String tenMegabytes = "{\"x\":\"" + "a".repeat(10_000_000 - 8) + "\"}";

    try (LogRecorder log = LogRecorder.start()) {
      check(
          Http.post(base, CHAT, tenMegabytes),
          413,
          "body_too_large",
          "the body has 10,000,000 bytes, the limit is 8,388,608");
      byte[] bytes = tenMegabytes.getBytes(StandardCharsets.UTF_8);
      HttpRequest.Builder chunked =
          Http.request(base, CHAT)
              .POST(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(bytes)));
      HttpResponse<String> refused = Http.send(chunked);
      assertThat(refused.statusCode()).isEqualTo(413);
      assertThat(refused.body())
          .containsPattern(
              "the body has 8,[0-9]{3},[0-9]{3} bytes or more, the limit is 8,388,608");
      assertThat(log.text()).isEmpty();
    }
    assertThat(Http.post(base, CHAT, GOOD).statusCode()).isEqualTo(200);
  }

  @Test
  void bodiesOfNearlyTheLimitPass() {
    String body = body("{'ignored':'") + "a".repeat(8 * MIB - 200) + "\"," + GOOD.substring(1);

    assertThat(Http.post(base, CHAT, body).statusCode()).isEqualTo(200);
  }

  /** Each of them is remembered while the object is read, to find those that come twice. */
  @Test
  void bodiesOfTooManyNamesAreRefusedForTheirMemory() {
    StringBuilder names = new StringBuilder("{");
    for (int i = 0; i < 400_000; i++) {
      names.append('"').append(Integer.toHexString(i)).append("\":1,");
    }

    HttpResponse<String> refused = Http.post(base, CHAT, names + GOOD.substring(1));
    assertThat(refused.statusCode()).isEqualTo(413);
    assertThat(Http.json(refused.body()).at("/error/code").asText()).isEqualTo("body_too_large");
    assertThat(refused.body())
        .containsPattern(
            "the body has so many names or values that it takes 33,[0-9]{3},[0-9]{3} bytes of memory or more, the limit is 33,554,432");
    assertThat(Http.post(base, CHAT, GOOD).statusCode()).isEqualTo(200);
  }

  @Test
  void anEndlessBodyIsCutOff() throws IOException {
    try (RawConnection connection = new RawConnection(base)) {
      connection.send(RawConnection.head(CHAT) + "Transfer-Encoding: chunked\r\n\r\n");
      String chunk = "100000\r\n" + " ".repeat(MIB) + "\r\n";
      int sent = 0;
      try {
        while (sent < 100) {
          connection.send(chunk);
          sent++;
        }
      } catch (IOException closed) {
        assertThat(closed).hasMessageMatching("Broken pipe|Connection reset.*");
      }
      assertThat(sent).isBetween(64, 99);
    }
    assertThat(Http.post(base, CHAT, GOOD).statusCode()).isEqualTo(200);
  }

  @Test
  void anAnswerComesBeforeAnEndlessBodyEnds() throws IOException {
    try (RawConnection connection = new RawConnection(base)) {
      connection.send(RawConnection.head(CHAT) + "Transfer-Encoding: chunked\r\n\r\n");
      connection.send("900000\r\n" + " ".repeat(9 * MIB));
      assertThat(connection.response())
          .startsWith("HTTP/1.1 413 ")
          .contains("bytes or more, the limit is 8,388,608");
    }
  }

  @Test
  void aBodyThatWaitsForContinueIsRefusedUnsent() throws IOException {
    try (RawConnection connection = new RawConnection(base)) {
      connection.send(
          RawConnection.head(CHAT) + "Content-Length: 10000000\r\nExpect: 100-continue\r\n\r\n");
      assertThat(connection.response())
          .startsWith("HTTP/1.1 413 ")
          .contains("the body has 10,000,000 bytes, the limit is 8,388,608");
      assertThat(connection.isClosedByServer()).isTrue();
    }
    try (RawConnection connection = new RawConnection(base)) {
      connection.send(
          RawConnection.head(CHAT)
              + "Content-Length: "
              + GOOD.length()
              + "\r\nExpect: 100-continue\r\n\r\n");
      assertThat(connection.response()).startsWith("HTTP/1.1 100 Continue");
      connection.send(GOOD);
      assertThat(connection.response()).startsWith("HTTP/1.1 200 OK");
    }
  }

  @Test
  void oneConnectionServesOnAfterErrors() throws IOException {
    try (RawConnection connection = new RawConnection(base)) {
      for (int i = 0; i < 3; i++) {
        connection.post(CHAT, "{nonsense " + "a".repeat(100_000));
        assertThat(connection.response()).startsWith("HTTP/1.1 400 ");
        connection.post(CHAT, GOOD.replace("smol", "gone"));
        assertThat(connection.response()).startsWith("HTTP/1.1 404 ");
        connection.post("/v1/nope", GOOD);
        assertThat(connection.response()).startsWith("HTTP/1.1 404 ");
        connection.post(CHAT, "{\"x\":\"" + "a".repeat(9 * MIB) + "\"}");
        assertThat(connection.response()).startsWith("HTTP/1.1 413 ");
        connection.post(CHAT, GOOD);
        assertThat(connection.response()).startsWith("HTTP/1.1 200 OK").contains("Hello there");
      }
    }
  }

  private static void check(
      HttpResponse<String> response, int status, String code, String message) {
    assertThat(response.statusCode()).as(response.uri().getPath()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(response.body())
        .isEqualTo(
            "{\"error\":{\"message\":\"%s\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"%s\"}}"
                .formatted(message, code));
  }
}
