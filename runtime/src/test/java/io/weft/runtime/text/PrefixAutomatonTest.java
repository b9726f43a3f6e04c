package io.weft.runtime.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrefixAutomatonTest {
  @Test
  void knowsWhatTheTextEndsWith() {
    Random random = new Random(3);
    for (int round = 0; round < 2_000; round++) {
      String pattern = letters(random, 1 + random.nextInt(8));
      String text = letters(random, 40);
      PrefixAutomaton automaton = new PrefixAutomaton(pattern);
      for (int i = 0; i < text.length(); i++) {
        String seen = text.substring(0, i + 1);

        assertThat(automaton.advance(text.charAt(i)))
            .as("%s in %s", pattern, seen)
            .isEqualTo(seen.endsWith(pattern));
        assertThat(automaton.length())
            .isEqualTo(
                IntStream.range(0, pattern.length())
                    .filter(length -> seen.endsWith(pattern.substring(0, length)))
                    .max()
                    .orElseThrow());
      }
    }
  }

  @Test
  void wantsAPattern() {
    assertThatIllegalArgumentException().isThrownBy(() -> new PrefixAutomaton(""));
  }

  private static String letters(Random random, int length) {
    return IntStream.range(0, length)
        .mapToObj(i -> random.nextInt(3) > 0 ? "a" : "b")
        .collect(Collectors.joining());
  }
}
