package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The gateway alone under many streams at once, before backends that take no time. {@code
 * bench/overload.sh} runs it for longer.
 */
class OverloadIT {
  private static final int STREAMS = Integer.getInteger("weft.overload.streams", 200);
  private static final int TOKENS = Integer.getInteger("weft.overload.tokens", 200);
  private static final int ROUNDS = Integer.getInteger("weft.overload.rounds", 2);
  private static final int MEMORY_GROWTH_MIB = 150;

  @Test
  void manyStreamsAreAllRightAndTakeLittleMemory() throws Exception {
    try (FakeBackends backends = FakeBackends.start();
        WeftStack gateway =
            new WeftStack(WeftStack.SCRATCH)
                .with("WEFT_TOKENIZER_GRPC_PORT", String.valueOf(backends.port()))
                .with("WEFT_GENERATOR_GRPC_PORT", String.valueOf(backends.port()))) {
      gateway.up("gateway");
      // What every gateway has once it has worked at all: classes, buffers, connections.
      round(gateway, 16);
      long before = gateway.residentMib("gateway");
      long most = before;
      for (int i = 0; i < ROUNDS; i++) {
        long began = System.nanoTime();
        round(gateway, STREAMS);
        double seconds = (System.nanoTime() - began) / 1e9;
        most = Math.max(most, gateway.residentMib("gateway"));
        System.out.printf(
            "%,d streams of %,d tokens: %.1f s, %,.0f tokens/s; gateway %,d MiB, at first %,d%n",
            STREAMS, TOKENS, seconds, STREAMS * TOKENS / seconds, most, before);
      }
      assertThat(most - before).as("MiB more after all streams").isLessThan(MEMORY_GROWTH_MIB);
    }
  }

  private static void round(WeftStack gateway, int streams) throws Exception {
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Api.Streamed>> answers =
          IntStream.range(0, streams)
              .mapToObj(i -> clients.submit(() -> stream(gateway, i)))
              .toList();
      for (int i = 0; i < streams; i++) {
        Api.Streamed answer = answers.get(i).get();
        assertThat(answer.status()).as(() -> answer.events().toString()).isEqualTo(200);
        assertThat(answer.done()).isTrue();
        assertThat(text(answer)).isEqualTo((i + " ").repeat(TOKENS));
        assertThat(answer.finishReason()).isEqualTo("length");
        assertThat(answer.completionTokens()).isEqualTo(TOKENS);
      }
    }
  }

  private static Api.Streamed stream(WeftStack gateway, int number) {
    return gateway.api().stream(
        "/v1/chat/completions",
        Map.of(
            "model",
            FakeBackends.MODEL,
            "messages",
            List.of(Map.of("role", "user", "content", String.valueOf(number))),
            "max_tokens",
            TOKENS,
            "stream",
            true,
            "stream_options",
            Map.of("include_usage", true)));
  }

  private static String text(Api.Streamed answer) {
    StringBuilder text = new StringBuilder();
    for (String event : answer.events()) {
      if (event.startsWith("{")) {
        JsonNode content = Api.parse(event).at("/choices/0/delta/content");
        text.append(content.asText(""));
      }
    }
    return text.toString();
  }
}
