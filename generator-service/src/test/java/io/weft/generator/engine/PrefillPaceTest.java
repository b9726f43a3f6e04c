package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PrefillPaceTest {
  private final PrefillPace pace = new PrefillPace(128);

  @Test
  void aChunkTakesNoLongerThanADecodeStep() {
    for (int i = 0; i < 40; i++) {
      pace.decoded(10_000);
      run(200);
    }
    // 24 tokens take 4,800, 48 take 9,600, 64 take 12,800.
    assertThat(pace.tokens()).isEqualTo(48);

    for (int i = 0; i < 40; i++) {
      pace.decoded(2_500);
      run(200);
    }
    assertThat(pace.tokens()).isEqualTo(12);
  }

  @Test
  void theFirstChunkIsTheSmallestUntilTimesAreKnown() {
    assertThat(pace.tokens()).isEqualTo(8);
    pace.decoded(10_000);
    assertThat(pace.tokens()).isEqualTo(8);
  }

  @Test
  void theSmallestChunkRunsHoweverLongItTakes() {
    pace.decoded(10);
    pace.prefilled(8, 1_000_000);
    assertThat(pace.tokens()).isEqualTo(8);
  }

  @Test
  void aFullChunkIsTheMost() {
    pace.decoded(1_000_000);
    pace.prefilled(8, 10);
    assertThat(pace.tokens()).isEqualTo(128);
  }

  /** One slow run of a size must not keep it from being used for ever. */
  @Test
  void aSizeThatWasSlowOnceIsTriedAgain() {
    pace.decoded(10_000);
    pace.prefilled(48, cost(48));
    pace.prefilled(32, cost(32));
    assertThat(pace.tokens()).isEqualTo(48);
    pace.prefilled(48, 3 * cost(48));
    assertThat(pace.tokens()).isEqualTo(32);

    int smaller = 0;
    while (pace.tokens() < 48) {
      pace.prefilled(32, cost(32));
      smaller++;
    }
    assertThat(smaller).isBetween(10, 100);
  }

  /** Such that 48 tokens take less than 10,000 ns, and 1.5 times what 32 take is more. */
  private static long cost(int tokens) {
    return 2_000 + 160L * tokens;
  }

  @Test
  void chunksHaveFewSizes() {
    TreeSet<Integer> sizes = new TreeSet<>();
    pace.prefilled(8, 800);
    for (int ns = 0; ns < 100_000; ns += 10) {
      PrefillPace other = new PrefillPace(128);
      other.prefilled(8, 800);
      other.decoded(ns);
      sizes.add(other.tokens());
    }
    assertThat(sizes).containsExactly(8, 12, 16, 24, 32, 48, 64, 96, 128);
    assertThat(new PrefillPace(4).tokens()).isEqualTo(4);
  }

  private void run(int nsPerToken) {
    int tokens = pace.tokens();
    pace.prefilled(tokens, (long) nsPerToken * tokens);
  }
}
