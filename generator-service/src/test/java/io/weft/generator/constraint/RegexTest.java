package io.weft.generator.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class RegexTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "abc abc ab",
        "a|bc bc ac",
        "(a|b)*c ababc abab",
        "(?:ab)+ abab aba",
        "(?<name>x)y xy x",
        "a?b b aab",
        "a{3} aaa aa",
        "a{2,} aaaa a",
        "a{1,2} aa aaa",
        "a{,2} aa aaa",
        "a+? aaa b",
        "[a-c]+ abcabc abd",
        "[^a-c]+ xyz xya",
        "[a\\-z]+ a-z b",
        "[-a]+ -a- b",
        "[\\d_]+ 1_2 a",
        "\\d\\D\\w\\W 1ab- 1ab1",
        "\\S+ abc a\u00a0c",
        "\\x41\\u0042\\u{43} ABC abc",
        "\\u00e9 é e",
        "\\ud83d\\ude00 😀 😁",
        "日本. 日本語 日本",
        "[à-ü]+ éèü z",
        ". 😀 ab",
        "^ab$ ab xab",
        "^a|b$ b c",
        "{a} {a} a",
        "a{b} a{b} ab",
        "\\{\\.\\/\\} {./} {x/}",
        "[\\b]? '' b",
        "[^]+ x ''",
        "(a|){3} aa aaaa",
        "(a*b?){2,} bab c",
        "((ab?)*c){1,2} abaacc ab",
      })
  void matchesTheWholeText(String pattern, String match, String other) {
    Shape shape = Shape.regex(pattern);

    assertThat(shape.accepts(match)).isTrue();
    assertThat(shape.accepts(other)).isFalse();
  }

  @Test
  void aDotIsNoLineEnd() {
    assertThat(Shape.regex(".").accepts("\n")).isFalse();
    assertThat(Shape.regex("[^a]").accepts("\n")).isTrue();
    assertThat(Shape.regex("\\s+").accepts("\n \t\u3000")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[a-f0-9]{8}-[a-f0-9]{4}",
        "(foo|bar|ba[zr])+(, (x|y{2,5}))*",
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]+)?",
        "[^x-z]{0,4}é?(日|本|😀){1,3}",
        "(a|b)*a(a|b){5}"
      })
  void randomTextsMatchByJavasOwnEngine(String pattern) {
    Shape shape = Shape.regex(pattern);
    Pattern judge = Pattern.compile(pattern, Pattern.DOTALL);
    SplittableRandom random = new SplittableRandom(7);
    int ended = 0;
    for (int i = 0; i < 200; i++) {
      String text = shape.walk(random, 100);
      if (text != null) {
        assertThat(text).matches(judge);
        ended++;
      }
    }
    assertThat(ended).isGreaterThan(100);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "(?=a)b UNSUPPORTED_CONSTRAINT look-around",
        "(?<=a)b UNSUPPORTED_CONSTRAINT look-around",
        "(?i)b UNSUPPORTED_CONSTRAINT look-around",
        "(a)\\1 UNSUPPORTED_CONSTRAINT escape",
        "\\bword UNSUPPORTED_CONSTRAINT escape",
        "\\p{L} UNSUPPORTED_CONSTRAINT escape",
        "a^b UNSUPPORTED_CONSTRAINT anywhere",
        "(a$) UNSUPPORTED_CONSTRAINT group",
        "\\07 UNSUPPORTED_CONSTRAINT octal",
        "(a INVALID_VALUE without",
        "a) INVALID_VALUE without",
        "[a INVALID_VALUE without",
        "[z-a] INVALID_VALUE range",
        "*a INVALID_VALUE nothing",
        "a** INVALID_VALUE repetition",
        "a{3,2} INVALID_VALUE repetition",
        "\\u12 INVALID_VALUE digits",
        "\\u{110000} INVALID_VALUE U+10FFFF",
        "a\\ INVALID_VALUE end",
        "[] INVALID_VALUE shape",
        "a{0} INVALID_VALUE empty",
        "(){20000} INVALID_VALUE empty",
      })
  void whatIsWrongOrNotRegularIsRefused(String pattern, String reason, String words) {
    assertThatThrownBy(() -> Shape.regex(pattern))
        .isInstanceOfSatisfying(
            WeftException.InvalidRequest.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.metadata()).containsEntry("param", "constraint.regex");
            })
        .hasMessageContaining(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a{1000000}",
        "(a{1000}){1000}",
        "((((a{99}){99}){99}){99}){99}",
        "(a|b)*a(a|b){24}",
        "a{2147483647}",
        "a{99999999999999999999}",
        "(){1000000000}",
        "(|){1000000000}",
        "(a?){20000}",
        "(a*){20000}",
        "[acegikmoqsuwyACEGIKMOQSUWY13579!#%')+-/;=?àâäæèêìîðòôöøúüþĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮ]{20000}"
      })
  void whatGrowsTooLargeIsRefusedSoon(String pattern) {
    long start = System.nanoTime();

    assertThatThrownBy(() -> Shape.regex(pattern))
        .isInstanceOfSatisfying(
            WeftException.InvalidRequest.class,
            e -> assertThat(e.reason()).isEqualTo("CONSTRAINT_TOO_COMPLEX"));
    assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(8_000);
  }

  @Test
  void groupsNestOnlySoDeep() {
    assertThatThrownBy(() -> Shape.regex("(".repeat(2_000) + "a" + ")".repeat(2_000)))
        .hasMessageContaining("deeper than 64");
  }
}
