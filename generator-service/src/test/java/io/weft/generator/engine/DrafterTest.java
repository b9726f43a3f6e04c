package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DrafterTest {
  @Test
  void draftsWhatFollowedTheLastTokensBefore() {
    // "1 2 3" stood at the beginning.
    assertThat(draft(9, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3)).containsExactly(4, 5, 6, 7, 1, 2, 3);
    assertThat(draft(2, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3)).containsExactly(4, 5);
  }

  @Test
  void theLatestOfSeveralCounts() {
    assertThat(draft(1, 1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3)).containsExactly(5);
  }

  @Test
  void threeTokensSayMoreThanTwo() {
    assertThat(draft(1, 1, 2, 3, 4, 9, 2, 3, 5, 1, 2, 3)).containsExactly(4);
    assertThat(draft(1, 7, 2, 3, 4, 9, 2, 3, 5, 1, 2, 3)).containsExactly(5);
  }

  @Test
  void aTextThatGoesRoundDraftsUpToItsEnd() {
    assertThat(draft(9, 8, 8, 8, 8)).containsExactly(8);
    assertThat(draft(9, 1, 2, 1, 2, 1, 2)).containsExactly(1, 2);
  }

  @Test
  void nothingFoundIsNoDraft() {
    assertThat(draft(9, 1, 2, 3, 4, 5)).isEmpty();
    assertThat(draft(9, 3, 4, 5, 5, 4)).isEmpty();
    assertThat(draft(9, 1)).isEmpty();
    assertThat(draft(0, 8, 8, 8, 8)).isEmpty();
  }

  @Test
  void generatedTokensCountLikeThoseOfThePrompt() {
    TokenHistory tokens = new TokenHistory(Prompt.of(1, 2, 3));
    for (int i = 0; i < 40; i++) {
      tokens.add(4 + i);
    }
    tokens.add(2);
    tokens.add(3);
    Drafter drafter = new Drafter(tokens);

    assertThat(drafter.propose(99)).isEqualTo(Drafter.LONGEST);
    assertThat(drafter.run()).startsWith(3, 4, 5, 6);
    assertThat(drafter.guessed(0, 4)).isTrue();
    assertThat(drafter.guessed(0, 5)).isFalse();
    assertThat(drafter.guessed(Drafter.LONGEST, 4)).isFalse();
  }

  /** Two, four, eight, and so on up to 64 steps. */
  @Test
  void wrongGuessesMakeItPauseForLongerAndLonger() {
    Drafter drafter = new Drafter(new TokenHistory(Prompt.of(8, 8, 8, 8, 8, 8, 8, 8)));
    for (int pause : new int[] {2, 4, 8, 16, 32, 64, 64}) {
      assertThat(drafter.propose(4)).isPositive();
      drafter.verified(0);
      for (int i = 0; i < pause; i++) {
        assertThat(drafter.propose(4)).isZero();
      }
    }
    assertThat(drafter.propose(4)).isPositive();
    drafter.verified(drafter.drafted());
    assertThat(drafter.propose(4)).isPositive();
    drafter.verified(0);
    assertThat(List.of(drafter.propose(4), drafter.propose(4))).containsExactly(0, 0);
    assertThat(drafter.propose(4)).isPositive();
  }

  private static int[] draft(int most, int... tokens) {
    Drafter drafter = new Drafter(new TokenHistory(Prompt.of(tokens)));
    int count = drafter.propose(most);
    assertThat(count).isEqualTo(drafter.drafted());
    return Arrays.copyOfRange(drafter.run(), 1, 1 + count);
  }
}
