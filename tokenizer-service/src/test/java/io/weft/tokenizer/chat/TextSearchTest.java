package io.weft.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextSearchTest {
  @Test
  void findsWhatJavaFinds() {
    Random random = new Random(7);
    for (int round = 0; round < 3_000; round++) {
      String text = letters(random, random.nextInt(400));
      int start = random.nextInt(text.length() + 1);
      int end = start + random.nextInt(text.length() - start + 1);
      String part = round % 3 == 0 ? letters(random, 64 + round % 8) : text.substring(start, end);
      for (int from : new int[] {0, start, random.nextInt(text.length() + 1), text.length()}) {
        assertThat(TextSearch.first(text, part, from)).isEqualTo(text.indexOf(part, from));
        assertThat(TextSearch.last(text, part, from)).isEqualTo(text.lastIndexOf(part, from));
      }
    }
  }

  @Test
  void takesNoLongerForWhatNearlyStandsEverywhere() {
    String text = "a".repeat(1_000_000);
    String part = "a".repeat(250_000);
    assertTimeout(
        Duration.ofSeconds(5),
        () -> {
          assertThat(TextSearch.first(text, part + "b", 0)).isEqualTo(-1);
          assertThat(TextSearch.last(text, "b" + part, text.length())).isEqualTo(-1);
          assertThat(PythonText.strip(text, "\u4e00".repeat(500_000) + "a", true, true)).isEmpty();
        });
  }

  /** Mostly one letter, so that parts nearly stand at many places. */
  private static String letters(Random random, int length) {
    int period = 1 + random.nextInt(20);
    return IntStream.range(0, length)
        .mapToObj(i -> i % period == 0 && random.nextInt(8) > 0 ? "b" : "a")
        .collect(Collectors.joining());
  }
}
