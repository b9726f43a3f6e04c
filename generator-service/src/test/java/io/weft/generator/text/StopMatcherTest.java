package io.weft.generator.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StopMatcherTest {
  @Test
  void endsTheTextBeforeTheStopString() {
    StopMatcher matcher = new StopMatcher(List.of("END"), false);

    assertThat(matcher.add("abENDcd")).isEqualTo("ab");
    assertThat(matcher.matched()).isEqualTo("END");
    assertThat(matcher.add("more")).isEmpty();
    assertThat(matcher.finish()).isEmpty();
  }

  @Test
  void findsAStopStringAcrossPieces() {
    StopMatcher matcher = new StopMatcher(List.of("END"), false);

    assertThat(matcher.add("aE")).isEqualTo("a");
    assertThat(matcher.add("N")).isEmpty();
    assertThat(matcher.add("D!")).isEmpty();
    assertThat(matcher.matched()).isEqualTo("END");
  }

  @Test
  void releasesWhatTurnsOutNotToBeOne() {
    StopMatcher matcher = new StopMatcher(List.of("END"), false);

    assertThat(matcher.add("EN")).isEmpty();
    assertThat(matcher.add("E")).isEqualTo("EN");
    assertThat(matcher.add("x")).isEqualTo("Ex");
    assertThat(matcher.add("EN")).isEmpty();
    assertThat(matcher.finish()).isEqualTo("EN");
    assertThat(matcher.matched()).isNull();
  }

  @Test
  void keepsTheStopStringWhenAsked() {
    StopMatcher matcher = new StopMatcher(List.of("END"), true);

    assertThat(matcher.add("aE")).isEqualTo("a");
    assertThat(matcher.add("NDx")).isEqualTo("END");
  }

  @Test
  void followsAStopStringThatOverlapsItself() {
    StopMatcher matcher = new StopMatcher(List.of("aab"), false);

    assertThat(matcher.add("aaa")).isEqualTo("a");
    assertThat(matcher.add("b")).isEmpty();
    assertThat(matcher.matched()).isEqualTo("aab");
  }

  @Test
  void aStopStringThatDoesNotCountMayBeginAnother() {
    StopMatcher matcher = new StopMatcher(List.of("aba", "aa"), false);

    assertThat(matcher.add("xaba", false)).isEqualTo("xab");
    assertThat(matcher.add("b", true)).isEmpty();
    assertThat(matcher.add("a", true)).isEmpty();
    assertThat(matcher.matched()).isEqualTo("aba");
  }

  @Test
  void theFirstToBeCompleteWinsAndOfThoseTheLongest() {
    StopMatcher matcher = new StopMatcher(List.of("bcd", "c", "abc"), false);

    assertThat(matcher.add("xabcd")).isEqualTo("x");
    assertThat(matcher.matched()).isEqualTo("abc");
  }

  @Test
  void takesLongStopStringsOfOneLetterInLinearTime() {
    List<String> stops = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      stops.add("a".repeat(1_000 + i) + "b");
    }
    StopMatcher matcher = new StopMatcher(stops, false);
    StringBuilder sent = new StringBuilder();

    long start = System.nanoTime();
    for (int i = 0; i < 20_000; i++) {
      sent.append(matcher.add("a"));
    }
    sent.append(matcher.finish());

    assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    assertThat(sent).hasSize(20_000);
  }

  /** Against a matcher that looks at the whole text, over random texts, stops and cuts. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void howTheTextIsCutMakesNoDifferenceAndNoPartOfAStopIsSent(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      List<String> stops = new ArrayList<>();
      for (int i = random.nextInt(4); i >= 0; i--) {
        stops.add(letters(random, 1 + random.nextInt(4)));
      }
      String text = letters(random, random.nextInt(40));
      StopMatcher matcher = new StopMatcher(stops, false);
      StringBuilder sent = new StringBuilder();
      String expected = beforeFirstStop(text, stops);

      for (int at = 0; at < text.length(); ) {
        int to = Math.min(text.length(), at + 1 + random.nextInt(5));
        sent.append(matcher.add(text.substring(at, to)));
        at = to;
        assertThat(expected).startsWith(sent);
      }
      sent.append(matcher.finish());

      assertThat(sent).as("stops %s in %s", stops, text).hasToString(expected);
      assertThat(matcher.matched() != null).isEqualTo(expected.length() < text.length());
    }
  }

  private static String beforeFirstStop(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String soFar = text.substring(0, end);
      int longest = stops.stream().filter(soFar::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) {
        return text.substring(0, end - longest);
      }
    }
    return text;
  }

  private static String letters(Random random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    return text.toString();
  }
}
