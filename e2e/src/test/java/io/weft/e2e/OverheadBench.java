package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.GenerateResponse;
import io.weft.proto.generator.v1.GeneratorServiceGrpc;
import io.weft.proto.generator.v1.StopConditions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the gateway and its gRPC hops add to a generator: {@code bench/overhead.sh} runs it. A fake
 * generator makes tokens at a real one's pace and writes into each when it was made; clients ask it
 * over gRPC, or through the gateway with server-sent events, in turns.
 */
class OverheadBench {
  private static final int STREAMS = Integer.getInteger("weft.overhead.streams", 16);
  private static final int TOKENS = Integer.getInteger("weft.overhead.tokens", 200);
  private static final int ROUNDS = Integer.getInteger("weft.overhead.rounds", 5);
  private static final int TOKENS_PER_SECOND = Integer.getInteger("weft.overhead.pace", 900);

  private static final double MOST_ADDED_MS = 1;
  private static final double MOST_LOST = 0.05;

  /** Asks for tokens and tells when each came. */
  @FunctionalInterface
  private interface Client {
    Times ask(int tokens) throws Exception;
  }

  /**
   * One stream.
   *
   * @param first from the request to its first token, in nanoseconds
   * @param delays of each token, from when it was made, in nanoseconds
   */
  private record Times(long first, List<Long> delays) {}

  /**
   * One round.
   *
   * @param firsts of all streams
   * @param delays of all tokens
   * @param rate tokens a second, all streams together
   */
  private record Round(List<Long> firsts, List<Long> delays, double rate) {}

  @Test
  void theGatewayAddsLittle() throws Exception {
    Duration step = Duration.ofNanos(1_000_000_000L * STREAMS / TOKENS_PER_SECOND);
    try (FakeBackends backends = FakeBackends.start(step);
        WeftStack gateway =
            new WeftStack(WeftStack.SCRATCH)
                .with("WEFT_TOKENIZER_GRPC_PORT", String.valueOf(backends.port()))
                .with("WEFT_GENERATOR_GRPC_PORT", String.valueOf(backends.port()));
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      gateway.up("gateway");
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", backends.port()).usePlaintext().build();
      try {
        Client direct = tokens -> direct(channel, tokens);
        Client through = tokens -> through(http, gateway.port(8080), tokens);
        for (int i = 0; i < 3; i++) {
          round(direct);
          round(through);
        }
        measure(direct, through);
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static void measure(Client direct, Client through) throws Exception {
    List<Round> plain = new ArrayList<>();
    List<Round> routed = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      plain.add(round(direct));
      routed.add(round(through));
    }
    double token = show("a token, from its making to the client", plain, routed, Round::delays);
    show("the first token, from the request", plain, routed, Round::firsts);
    double before = rate(plain);
    double after = rate(routed);
    System.out.printf(
        "tokens/s at %d streams: direct %.1f, through the gateway %.1f (%+.2f %%)%n",
        STREAMS, before, after, 100 * (after / before - 1));
    assertThat(token).as("ms added to a token, median").isLessThan(MOST_ADDED_MS);
    assertThat(1 - after / before).as("part of the throughput lost").isLessThan(MOST_LOST);
  }

  private static double show(
      String what, List<Round> plain, List<Round> routed, Function<Round, List<Long>> values) {
    long[] direct = sorted(plain, values);
    long[] through = sorted(routed, values);
    double added = ms(direct, through, 50);
    System.out.printf(
        "%s, ms: direct p50 %.2f p99 %.2f, through the gateway p50 %.2f p99 %.2f; added %.2f%n",
        what,
        percentile(direct, 50) / 1e6,
        percentile(direct, 99) / 1e6,
        percentile(through, 50) / 1e6,
        percentile(through, 99) / 1e6,
        added);
    return added;
  }

  private static long[] sorted(List<Round> rounds, Function<Round, List<Long>> values) {
    long[] all =
        rounds.stream().flatMap(round -> values.apply(round).stream()).mapToLong(v -> v).toArray();
    Arrays.sort(all);
    return all;
  }

  private static double ms(long[] direct, long[] through, int percent) {
    return (percentile(through, percent) - percentile(direct, percent)) / 1e6;
  }

  private static long percentile(long[] sorted, int percent) {
    return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
  }

  private static double rate(List<Round> rounds) {
    return rounds.stream().mapToDouble(Round::rate).average().orElseThrow();
  }

  private static Round round(Client client) throws Exception {
    List<Long> firsts = new ArrayList<>();
    List<Long> delays = new ArrayList<>();
    long began = System.nanoTime();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Times>> streams =
          Stream.generate(() -> clients.submit(() -> client.ask(TOKENS))).limit(STREAMS).toList();
      for (Future<Times> stream : streams) {
        firsts.add(stream.get().first());
        delays.addAll(stream.get().delays());
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    assertThat(delays).hasSize(STREAMS * TOKENS);
    return new Round(firsts, delays, delays.size() / seconds);
  }

  private static Times direct(ManagedChannel channel, int tokens) {
    long began = System.nanoTime();
    Iterator<GenerateResponse> events =
        GeneratorServiceGrpc.newBlockingStub(channel)
            .generate(
                GenerateRequest.newBuilder()
                    .setModel(FakeBackends.MODEL)
                    .addPromptIds(1)
                    .setN(1)
                    .setStop(StopConditions.newBuilder().setMaxTokens(tokens))
                    .build());
    long first = 0;
    List<Long> delays = new ArrayList<>(tokens);
    while (events.hasNext()) {
      GenerateResponse event = events.next();
      if (event.hasDelta()) {
        long now = System.nanoTime();
        first = first == 0 ? now - began : first;
        addDelays(event.getDelta().getText(), now, delays);
      }
    }
    return new Times(first, delays);
  }

  private static Times through(HttpClient http, int port, int tokens) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(
                BodyPublishers.ofString(
                    "{\"model\":\"%s\",\"stream\":true,\"max_tokens\":%d,\"messages\":[{\"role\":\"user\",\"content\":\"1\"}]}"
                        .formatted(FakeBackends.MODEL, tokens)))
            .build();
    long began = System.nanoTime();
    HttpResponse<Stream<String>> response = http.send(request, BodyHandlers.ofLines());
    assertThat(response.statusCode()).isEqualTo(200);
    long first = 0;
    List<Long> delays = new ArrayList<>(tokens);
    try (Stream<String> lines = response.body()) {
      for (Iterator<String> each = lines.iterator(); each.hasNext(); ) {
        String line = each.next();
        int at = line.indexOf("\"content\":\"");
        if (at >= 0) {
          long now = System.nanoTime();
          String text = line.substring(at + 11, line.indexOf('"', at + 11));
          if (!text.isEmpty()) {
            first = first == 0 ? now - began : first;
            addDelays(text, now, delays);
          }
        }
      }
    }
    return new Times(first, delays);
  }

  /** An event may have several tokens. */
  private static void addDelays(String text, long now, List<Long> delays) {
    for (String made : text.strip().split(" ", -1)) {
      delays.add(now - Long.parseLong(made));
    }
  }
}
