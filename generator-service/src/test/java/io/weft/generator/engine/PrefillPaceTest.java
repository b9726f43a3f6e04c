package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class PrefillPaceTest {
  private static final int ROWS = 4;

  private final PrefillPace pace = new PrefillPace(128, ROWS);

  @Test
  void aPartTakesNoLongerThanTheStepWithoutIt() {
    for (int i = 0; i < 40; i++) {
      pace.decoded(ROWS, 10_000);
      run(200, 10_000);
    }
    // 32 tokens take 6,400, 48 take 9,600, 64 take 12,800.
    assertThat(pace.tokens(ROWS, false)).isEqualTo(48);

    for (int i = 0; i < 40; i++) {
      pace.decoded(ROWS, 2_500);
      run(200, 2_500);
    }
    assertThat(pace.tokens(ROWS, false)).isEqualTo(12);
  }

  @Test
  void aPartOfALongPromptTakesThreeQuartersOfThat() {
    for (int i = 0; i < 40; i++) {
      pace.decoded(ROWS, 10_000);
      run(200, 10_000);
    }

    assertThat(pace.tokens(ROWS, true)).isEqualTo(32);
  }

  @Test
  void stepsOfOtherRowsHaveTheirOwnTime() {
    for (int i = 0; i < 40; i++) {
      pace.decoded(1, 5_000);
      pace.decoded(ROWS, 10_000);
      run(200, 10_000);
    }

    assertThat(pace.tokens(1, false)).isEqualTo(24);
    assertThat(pace.tokens(ROWS, false)).isEqualTo(48);
  }

  @Test
  void nothingRunsBesideAStepWhoseTimeIsNotKnown() {
    assertThat(pace.tokens(ROWS, false)).isZero();
    pace.decoded(1, 10_000);
    assertThat(pace.tokens(ROWS, false)).isZero();
    // The smallest, until it is known what parts take.
    assertThat(pace.tokens(1, false)).isEqualTo(8);
  }

  /** Else it would never be known that steps have become faster or slower. */
  @Test
  void aStepWithoutAPartIsDueNowAndThen() {
    pace.decoded(ROWS, 10_000);
    int steps = 0;
    while (pace.tokens(ROWS, false) > 0) {
      pace.decoded(ROWS, 8, 11_000);
      steps++;
    }

    assertThat(steps).isBetween(4, 16);
    pace.decoded(ROWS, 10_000);
    assertThat(pace.tokens(ROWS, false)).isPositive();
  }

  @Test
  void theSmallestPartRunsHoweverLongItTakes() {
    pace.decoded(ROWS, 10);
    pace.decoded(ROWS, 8, 1_000_000);
    assertThat(pace.tokens(ROWS, false)).isEqualTo(8);
  }

  @Test
  void aFullChunkIsTheMost() {
    pace.decoded(ROWS, 1_000_000);
    pace.decoded(ROWS, 8, 1_000_010);
    assertThat(pace.tokens(ROWS, false)).isEqualTo(128);
  }

  /** A step that was slow or fast once, for reasons of the machine, is soon forgotten. */
  @ParameterizedTest
  @ValueSource(longs = {1, 8})
  void oneOddStepChangesNothingForLong(long factor) {
    for (int i = 0; i < 40; i++) {
      pace.decoded(ROWS, 10_000);
      run(200, 10_000);
    }
    pace.decoded(ROWS, 48, 10_000 + factor * 9_600);

    int steps = 0;
    while (steps == 0 || pace.tokens(ROWS, false) != 48) {
      pace.decoded(ROWS, 10_000);
      run(200, 10_000);
      steps++;
    }
    assertThat(steps).isLessThan(20);
  }

  /** A machine that others slow down does so at once, whatever the rows. */
  @Test
  void aSlowerMachineIsSlowerForStepsOfOtherRows() {
    for (int i = 0; i < 40; i++) {
      pace.decoded(1, 5_000);
      pace.decoded(ROWS, 10_000);
      run(200, 10_000);
    }
    for (int i = 0; i < 40; i++) {
      pace.decoded(1, 10_000);
      pace.decoded(1, 16, 10_000 + 16 * 400);
    }

    assertThat(pace.tokens(1, false)).isEqualTo(24);
    assertThat(pace.tokens(ROWS, false)).isEqualTo(48);
  }

  /** Prompts end in parts of few tokens, and a step's time varies by more than those take. */
  @Test
  void whatIsMeasuredOfFewTokensWeighsLittle() {
    for (int i = 0; i < 40; i++) {
      pace.decoded(ROWS, 10_000);
      run(200, 10_000);
      run(200, 10_000);
      pace.decoded(ROWS, 6, 10_000 + 6 * 200 + (i % 2 == 0 ? 5_000 : -1_000));
      if (i >= 10) {
        assertThat(pace.tokens(ROWS, false)).isIn(32, 48);
      }
    }
  }

  /** As with a part: what happens once moves the time of a step by little. */
  @Test
  void oneOddStepWithoutAPartChangesLittle() {
    for (int i = 0; i < 40; i++) {
      pace.decoded(ROWS, 10_000);
      run(200, 10_000);
    }
    pace.decoded(ROWS, 80_000);

    assertThat(pace.tokens(ROWS, false)).isEqualTo(48);
  }

  @Test
  void partsHaveFewSizes() {
    TreeSet<Integer> sizes = new TreeSet<>();
    for (int ns = 10; ns < 100_000; ns += 10) {
      PrefillPace other = new PrefillPace(128, 1);
      other.decoded(1, ns);
      other.decoded(1, 8, ns + 800);
      sizes.add(other.tokens(1, false));
    }
    assertThat(sizes).containsExactly(8, 12, 16, 24, 32, 48, 64, 96, 128);
    PrefillPace small = new PrefillPace(4, 1);
    small.decoded(1, 10);
    assertThat(small.tokens(1, false)).isEqualTo(4);
  }

  private void run(int nsPerToken, long decodeNs) {
    int tokens = pace.tokens(ROWS, false);
    pace.decoded(ROWS, tokens, decodeNs + (long) nsPerToken * tokens);
  }
}
