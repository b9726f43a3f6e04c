package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sixteen clients at once. */
@ExtendWith(SharedStack.class)
class ConcurrentStreamsIT {
  private static final int STREAMS = 16;
  private static final int TOKENS = 48;

  /** The four services together, as the README promises. */
  private static final int MEMORY_MIB = 2_560;

  @Test
  void allFinishInSharedStepsAndWithinTheMemory(WeftStack stack) throws Exception {
    Metrics before = stack.generatorMetrics();
    String status;

    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Api.Streamed>> streams =
          IntStream.range(0, STREAMS)
              .mapToObj(i -> clients.submit(() -> stream(stack, i)))
              .toList();
      Future<Api.Answer> embeddings = clients.submit(() -> embed(stack));
      status = stack.weft("status").output();
      for (Future<Api.Streamed> stream : streams) {
        Api.Streamed ended = stream.get();
        assertThat(ended.status()).as(ended.events().toString()).isEqualTo(200);
        assertThat(ended.done()).isTrue();
        assertThat(ended.finishReason()).isEqualTo("length");
        assertThat(ended.completionTokens()).isEqualTo(TOKENS);
      }
      assertThat(embeddings.get().status()).isEqualTo(200);
    }

    assertThat(shared(stack.generatorMetrics()) - shared(before))
        .as("decode steps of more than 8 sequences")
        .isPositive();
    assertThat(totalMemory(status)).isBetween(1, MEMORY_MIB);
  }

  private static Api.Streamed stream(WeftStack stack, int seed) {
    Map<String, Object> more =
        Map.of(
            "stream",
            true,
            "stream_options",
            Map.of("include_usage", true),
            "max_tokens",
            TOKENS,
            "ignore_eos",
            true);
    return stack.api().stream(
        "/v1/chat/completions", Api.chat("Tell me story number " + seed, more));
  }

  private static Api.Answer embed(WeftStack stack) {
    List<String> texts =
        IntStream.range(0, 64).mapToObj(i -> "word ".repeat(1 + i) + "number " + i).toList();
    return stack.api().post("/v1/embeddings", Map.of("model", Api.EMBEDDING_MODEL, "input", texts));
  }

  private static double shared(Metrics metrics) {
    return metrics.sum("weft_generator_decode_batch_size_count")
        - metrics.sum("weft_generator_decode_batch_size_bucket", "le=\"8.0\"");
  }

  private static int totalMemory(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("total "))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToInt(Integer::parseInt)
        .findFirst()
        .orElseThrow();
  }
}
