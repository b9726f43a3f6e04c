package io.weft.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A streamed chat from a gateway before {@link FakeWorker}s, read to its end.
 *
 * @param begunNs when its first token came, as {@link System#nanoTime}; 0 for never
 * @param endNs when it ended
 * @param text all its text: the number of the worker for each token
 * @param cachedTokens of the prompt, as the usage says
 * @param last its last event
 */
record TimedStream(long begunNs, long endNs, String text, int cachedTokens, String last) {
  /** Sends a conversation. */
  static TimedStream read(int gateway, List<Map<String, String>> messages, int tokens)
      throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://127.0.0.1:" + gateway + "/v1/chat/completions")
                .toURL()
                .openConnection();
    connection.setDoOutput(true);
    connection.setReadTimeout(60_000);
    connection.setRequestProperty("Content-Type", "application/json");
    try (OutputStream out = connection.getOutputStream()) {
      out.write(
          Api.json(
                  Map.of(
                      "model",
                      FakeWorker.MODEL,
                      "messages",
                      messages,
                      "max_tokens",
                      tokens,
                      "stream",
                      true,
                      "stream_options",
                      Map.of("include_usage", true)))
              .getBytes(StandardCharsets.UTF_8));
    }
    long begun = 0;
    int cached = 0;
    String last = "";
    StringBuilder text = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("data: ")) {
          continue;
        }
        last = line.substring("data: ".length());
        if (last.startsWith("{")) {
          JsonNode event = Api.parse(last);
          String piece = event.at("/choices/0/delta/content").asText("");
          text.append(piece);
          if (begun == 0 && !piece.isEmpty()) {
            begun = System.nanoTime();
          }
          cached =
              Math.max(cached, event.at("/usage/prompt_tokens_details/cached_tokens").asInt(0));
        }
      }
    }
    return new TimedStream(begun, System.nanoTime(), text.toString(), cached, last);
  }

  static Map<String, String> user(String text) {
    return Map.of("role", "user", "content", text);
  }

  static Map<String, String> assistant(String text) {
    return Map.of("role", "assistant", "content", text);
  }

  /** Whether it has all its tokens, all from one worker, and ended as it should. */
  boolean isWhole(int tokens) {
    String[] words = text.strip().split(" ", -1);
    return last.equals("[DONE]")
        && words.length == tokens
        && List.of(words).stream().distinct().count() == 1;
  }

  boolean endedWithAnError() {
    return last.startsWith("{\"error\":");
  }
}
