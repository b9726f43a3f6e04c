package io.weft.gateway.playground;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gateway serves the playground page beside the API. */
@QuarkusTest
class PlaygroundTest {
  @TestHTTPResource URI base;

  @ParameterizedTest
  @CsvSource({
    "/, text/html",
    "/playground/app.js, text/javascript",
    "/playground/theme.css, text/css",
    "/playground/icon.svg, image/svg+xml"
  })
  void servesItsFilesForBrowsersToAskAgain(String path, String type) {
    HttpResponse<String> response = Http.get(base, path);

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith(type);
    // Files keep their names from version to version, so that a copy must not be used unasked.
    assertThat(response.headers().allValues("Cache-Control")).containsExactly("no-cache");
  }

  @Test
  void leavesRoutesThatAreNotThereToTheApi() {
    HttpResponse<String> response = Http.get(base, "/playground/missing.js");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(Http.json(response.body()).at("/error/code").textValue()).isEqualTo("unknown_url");
  }
}
