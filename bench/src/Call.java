import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes one request and measures it. Thread-safe. */
final class Call {
  private static final List<String> WORDS =
      List.of(
          "weaving",
          "harbours",
          "glaciers",
          "clocks",
          "beekeeping",
          "bridges",
          "comets",
          "tea",
          "lighthouses",
          "maps",
          "owls",
          "printing",
          "rivers",
          "salt",
          "trains",
          "violins");
  private static final Pattern TEXT = Pattern.compile("\"content\":\"(?!\")");
  private static final Pattern FINISH = Pattern.compile("\"finish_reason\":\"");
  private static final Pattern COMPLETION_TOKENS = Pattern.compile("\"completion_tokens\":(\\d+)");
  private static final Pattern PROMPT_TOKENS = Pattern.compile("\"prompt_tokens\":(\\d+)");

  private final Options options;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  Call(Options options) {
    this.options = options;
  }

  /**
   * What came of a request. Times are milliseconds from when it was due.
   *
   * @param dueNs when it was due, as {@link System#nanoTime}
   * @param failure what went wrong; empty when all is well
   * @param ttft until the first text; NaN for embeddings
   * @param e2e until its end
   * @param gaps between two pieces of text
   * @param tokens generated, or embedded
   */
  record Result(
      long dueNs, String failure, double ttft, double e2e, List<Double> gaps, int tokens) {
    /** Mean time for each token after the first; NaN where there is none. */
    double tpot() {
      return tokens > 1 ? (e2e - ttft) / (tokens - 1) : Double.NaN;
    }
  }

  /**
   * Waits for the answer.
   *
   * @param seed of the prompt: each is different, so that no cache of prompts answers
   */
  Result run(long seed, long dueNs) {
    try {
      return options.kind() == Options.Kind.CHAT ? chat(seed, dueNs) : embeddings(seed, dueNs);
    } catch (IOException e) {
      return failed(dueNs, e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(dueNs, "interrupted");
    }
  }

  private Result chat(long seed, long dueNs) throws IOException, InterruptedException {
    String body =
        """
        {"model":"%s","stream":true,"stream_options":{"include_usage":true},"temperature":0,\
        "ignore_eos":true,"max_tokens":%d,"messages":[{"role":"user","content":"Write a long story about %s."}]}\
        """
            .formatted(options.model(), options.maxTokens(), words(seed));
    HttpResponse<InputStream> response =
        client.send(post("/v1/chat/completions", body), BodyHandlers.ofInputStream());
    List<Double> arrivals = new ArrayList<>();
    int tokens = 0;
    boolean finished = false;
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      if (response.statusCode() != 200) {
        return failed(dueNs, "status " + response.statusCode());
      }
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (TEXT.matcher(line).find()) {
          arrivals.add(since(dueNs));
        }
        finished |= FINISH.matcher(line).find();
        tokens = Math.max(tokens, number(COMPLETION_TOKENS, line));
      }
    }
    if (!finished || arrivals.isEmpty() || tokens != options.maxTokens()) {
      return failed(dueNs, "incomplete stream: %d tokens".formatted(tokens));
    }
    List<Double> gaps = new ArrayList<>();
    for (int i = 1; i < arrivals.size(); i++) {
      gaps.add(arrivals.get(i) - arrivals.get(i - 1));
    }
    return new Result(dueNs, "", arrivals.getFirst(), arrivals.getLast(), gaps, tokens);
  }

  private Result embeddings(long seed, long dueNs) throws IOException, InterruptedException {
    StringBuilder texts = new StringBuilder();
    for (int i = 0; i < options.batch(); i++) {
      texts.append(i == 0 ? "\"" : ",\"").append(words(seed * options.batch() + i)).append('"');
    }
    String body =
        "{\"model\":\"%s\",\"encoding_format\":\"base64\",\"input\":[%s]}"
            .formatted(options.model(), texts);
    HttpResponse<String> response =
        client.send(post("/v1/embeddings", body), BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      return failed(dueNs, "status " + response.statusCode());
    }
    int tokens = number(PROMPT_TOKENS, response.body());
    return tokens == 0
        ? failed(dueNs, "an answer without usage")
        : new Result(dueNs, "", Double.NaN, since(dueNs), List.of(), tokens);
  }

  private HttpRequest post(String path, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(options.url().resolve(path))
            .timeout(Duration.ofMinutes(10))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    if (!options.key().isEmpty()) {
      request.header("Authorization", "Bearer " + options.key());
    }
    return request.build();
  }

  private String words(long seed) {
    Random random = new Random(seed);
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < options.promptWords(); i++) {
      words.append(i == 0 ? "" : " ").append(WORDS.get(random.nextInt(WORDS.size())));
    }
    return words.toString();
  }

  private static Result failed(long dueNs, String why) {
    return new Result(dueNs, why, Double.NaN, since(dueNs), List.of(), 0);
  }

  private static double since(long dueNs) {
    return (System.nanoTime() - dueNs) / 1e6;
  }

  private static int number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
