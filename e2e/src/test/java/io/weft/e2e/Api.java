package io.weft.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A plain HTTP client of the gateway. */
final class Api {
  static final String CHAT_MODEL = "smollm2-135m-instruct";
  static final String EMBEDDING_MODEL = "all-minilm-l6-v2";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final int port;

  Api(int port) {
    this.port = port;
  }

  /** A chat request for one user message, with further fields. */
  static Map<String, Object> chat(String text, Map<String, Object> more) {
    Map<String, Object> body =
        new java.util.HashMap<>(
            Map.of(
                "model",
                CHAT_MODEL,
                "messages",
                List.of(Map.of("role", "user", "content", text)),
                "temperature",
                0));
    body.putAll(more);
    return body;
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  Answer post(String path, Object body, String... headers) {
    return postText(path, json(body), headers);
  }

  Answer postText(String path, String body, String... headers) {
    HttpResponse<String> response =
        send(request(path, body, headers), HttpResponse.BodyHandlers.ofString());
    return new Answer(response.statusCode(), response.body());
  }

  /** Posts a request for a stream and reads it to its end. */
  Streamed stream(String path, Object body, String... headers) {
    HttpResponse<Stream<String>> response =
        send(request(path, json(body), headers), HttpResponse.BodyHandlers.ofLines());
    try (Stream<String> lines = response.body()) {
      return new Streamed(
          response.statusCode(),
          lines
              .filter(line -> !line.isEmpty() && !line.startsWith(":"))
              .map(Api::withoutPrefix)
              .toList());
    }
  }

  private static String withoutPrefix(String line) {
    return line.startsWith("data:") ? line.substring("data:".length()).strip() : line;
  }

  private HttpRequest request(String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(120))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request.build();
  }

  private static <T> HttpResponse<T> send(
      HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    try {
      return CLIENT.send(request, handler);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A whole answer. */
  record Answer(int status, String body) {
    JsonNode json() {
      return parse(body);
    }

    JsonNode error() {
      return json().path("error");
    }
  }

  /** The events of a stream, without their {@code data:}. */
  record Streamed(int status, List<String> events) {
    boolean done() {
      return !events.isEmpty() && events.getLast().equals("[DONE]");
    }

    /** The chunks, in order. */
    List<JsonNode> chunks() {
      return events.stream().filter(event -> !event.equals("[DONE]")).map(Api::parse).toList();
    }

    /** The finish reason of the first choice; empty when the stream named none. */
    String finishReason() {
      return chunks().stream()
          .map(chunk -> chunk.at("/choices/0/finish_reason"))
          .filter(JsonNode::isTextual)
          .map(JsonNode::textValue)
          .findFirst()
          .orElse("");
    }

    /** Completion tokens as the usage chunk says. */
    int completionTokens() {
      return chunks().stream()
          .mapToInt(chunk -> chunk.at("/usage/completion_tokens").asInt(0))
          .max()
          .orElse(0);
    }
  }
}
