package io.weft.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Embeddings from a gateway before {@link FakeWorker}s: at a constant rate whatever becomes of
 * those before, each request with a thread of its own and its latency counted from when it was due;
 * or as fast as some clients get them.
 */
final class OpenLoop {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .executor(Executors.newVirtualThreadPerTaskExecutor())
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final HttpRequest request;

  /** Every answer so far. */
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();

  /**
   * @param gateway its port of HTTP
   * @param tokens of the text; a worker's time for it grows with them
   */
  OpenLoop(int gateway, int tokens) {
    String body =
        Api.json(Map.of("model", FakeWorker.MODEL, "input", "word ".repeat(tokens).strip()));
    this.request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway + "/v1/embeddings"))
            .timeout(Duration.ofSeconds(120))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
  }

  /**
   * One answer.
   *
   * @param dueNs when it was due, as {@link System#nanoTime}
   * @param latency from then
   * @param status of HTTP; 0 where the connection failed
   * @param worker which replica gave it; 0 for none
   * @param retryAfter the header's value; empty without it
   * @param problem what went wrong; empty where nothing did
   */
  record Answer(
      long dueNs, Duration latency, int status, int worker, String retryAfter, String problem) {}

  List<Answer> answers() {
    return List.copyOf(answers);
  }

  /** Sends for a while, and waits for all answers. */
  void run(double perSecond, Duration time) {
    long begun = System.nanoTime();
    long count = Math.round(perSecond * time.toNanos() / 1e9);
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (long i = 0; i < count; i++) {
        long due = begun + Math.round(i * 1e9 / perSecond);
        long wait = due - System.nanoTime();
        if (wait > 0) {
          LockSupport.parkNanos(wait);
        }
        clients.execute(() -> send(due));
      }
    }
  }

  /** Answers a second to clients that each ask again as soon as they have one. */
  double closed(int clients, Duration time) {
    long begun = System.nanoTime();
    AtomicInteger served = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < clients; i++) {
        threads.execute(
            () -> {
              while (System.nanoTime() - begun < time.toNanos()) {
                served.addAndGet(send(System.nanoTime()).status() == 200 ? 1 : 0);
              }
            });
      }
    }
    return served.get() / ((System.nanoTime() - begun) / 1e9);
  }

  /** One embedding, now. */
  Answer send(long dueNs) {
    Answer answer;
    try {
      HttpResponse<String> response = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
      JsonNode body = Api.parse(response.body());
      answer =
          new Answer(
              dueNs,
              Duration.ofNanos(System.nanoTime() - dueNs),
              response.statusCode(),
              body.at("/data/0/embedding/0").asInt(),
              response.headers().firstValue("Retry-After").orElse(""),
              response.statusCode() == 200 ? "" : response.body());
    } catch (IOException e) {
      answer =
          new Answer(dueNs, Duration.ofNanos(System.nanoTime() - dueNs), 0, 0, "", e.toString());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    answers.add(answer);
    return answer;
  }

  /** The latency that a share of the answers does not pass. */
  static Duration percentile(Collection<Answer> answers, double share) {
    List<Duration> sorted = answers.stream().map(Answer::latency).sorted().toList();
    return sorted.get((int) Math.min(sorted.size() - 1, Math.floor(share * sorted.size())));
  }

  /** Latencies of answers, for people. */
  static String latencies(Collection<Answer> answers) {
    return "%,d answers, p50 %d ms, p99 %d ms, longest %d ms"
        .formatted(
            answers.size(),
            percentile(answers, 0.5).toMillis(),
            percentile(answers, 0.99).toMillis(),
            percentile(answers, 1).toMillis());
  }
}
