package io.weft.encoder.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  private static final SequenceLimits LIMITS = new SequenceLimits(1_000, 64, 2);

  /** One dimension: the token's id, times a factor in batches of two. */
  private record Pairwise(float factor, List<List<TokenSequence>> batches) implements Encoder {
    @Override
    public PackedStates run(List<TokenSequence> batch) {
      batches.add(batch);
      FloatBuffer states = FloatBuffer.allocate(1_000);
      for (TokenSequence sequence : batch) {
        for (int i = 0; i < sequence.length(); i++) {
          states.put(sequence.id(i) * (batch.size() == 2 ? factor : 1));
        }
      }
      return new PackedStates(states, null, 1, batch);
    }

    @Override
    public void close() {}
  }

  @Test
  void runsFullBatchesWithinTheLimits() {
    Pairwise encoder = new Pairwise(1, new ArrayList<>());

    WarmUp.run(encoder, LIMITS, 128, "fp32");

    assertThat(encoder.batches())
        .allSatisfy(
            batch -> {
              int longest = batch.stream().mapToInt(TokenSequence::length).max().orElseThrow();
              assertThat(batch.size() * longest).isLessThanOrEqualTo(128);
              assertThat(batch).allMatch(sequence -> LIMITS.violation(sequence) == null);
            });
    assertThat(encoder.batches().get(0)).extracting(TokenSequence::length).containsExactly(64);
    assertThat(encoder.batches().get(1)).hasSize(128 / 12);
  }

  @Test
  void findsKernelsThatComputeSomethingElseInABatch() {
    assertThatThrownBy(() -> run(1.01f, "fp32"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("self-check failed")
        .hasMessageContaining("0.010")
        .hasMessageContaining("the limit for fp32 is 0.0010");
    assertThatThrownBy(() -> run(1.5f, "int8")).hasMessageContaining("the limit for int8 is 0.15");
  }

  @Test
  void findsValuesThatAreNotFinite() {
    assertThatThrownBy(() -> run(Float.NaN, "fp32")).hasMessageStartingWith("self-check failed");
  }

  @Test
  void allowsForRounding() {
    run(1.000_1f, "fp32");
    run(1.08f, "int8");
    run(1.01f, "w8a8");
  }

  private static void run(float factor, String dtype) {
    WarmUp.run(new Pairwise(factor, new ArrayList<>()), LIMITS, 128, dtype);
  }
}
