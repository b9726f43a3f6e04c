package io.weft.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.Assertions;

/** An HTTP client for tests, and the reading of what comes back. */
public final class Http {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Http() {}

  public static HttpResponse<String> post(URI base, String path, String body) {
    return send(request(base, path).POST(BodyPublishers.ofString(body)));
  }

  /** The body of an answer, as it came. */
  public static byte[] bytes(URI base, String path, String body) {
    try {
      return CLIENT
          .send(
              request(base, path).POST(BodyPublishers.ofString(body)).build(),
              BodyHandlers.ofByteArray())
          .body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public static HttpResponse<String> get(URI base, String path) {
    return send(request(base, path).GET());
  }

  public static HttpRequest.Builder request(URI base, String path) {
    return HttpRequest.newBuilder(base.resolve(path))
        .timeout(Duration.ofSeconds(20))
        .header("Content-Type", "application/json");
  }

  public static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return CLIENT.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A JSON body: quotes may be written as ' in tests. */
  public static String body(String text) {
    return text.replace('\'', '"');
  }

  /** JSON with everything that differs from one response to the next made equal. */
  public static String normalized(String json) {
    return json.replaceFirst("\"id\":\"(chatcmpl|cmpl)-[0-9a-f]{32}\"", "\"id\":\"$1-ID\"")
        .replaceFirst("\"created\":1[0-9]{9},", "\"created\":0,")
        .replaceFirst("\"fp_[0-9a-f]{10}\"", "\"FP\"");
  }

  /** The data of each event of a stream. */
  public static List<String> events(String stream) {
    Assertions.assertThat(stream).endsWith("\n\n");
    return List.of(stream.split("\n\n")).stream()
        .peek(event -> Assertions.assertThat(event).startsWith("data: ").doesNotContain("\n"))
        .map(event -> event.substring("data: ".length()))
        .toList();
  }

  public static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      Assertions.assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }
}
