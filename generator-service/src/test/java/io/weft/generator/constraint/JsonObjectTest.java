package io.weft.generator.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonObjectTest {
  private final Shape shape = Shape.of(new ConstraintSpec.JsonObject());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{ }",
        "{\"a\":1}",
        "{\"a\": [1, 2.5e-3, -0, true, false, null, \"x\"], \"b\": {\"c\": {}}}",
        "{\n  \"a\": [\n    1\n  ]\n}",
        "{\"é日😀\":\"\\u00e9\\ud83d\\ude00\\n\\\"\\\\\"}",
        "{\"\":[[],[[]],{}]}",
      })
  void isAnyObject(String text) {
    assertThat(shape.accepts(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "1",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":+1}",
        "{\"a\":\"\\ud83d\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":nul}",
        "{}  ",
        "{   }",
        " {}",
        "{\"a\":[1 2]}",
        "{\"a\":1]"
      })
  void andNothingElse(String text) {
    assertThat(shape.accepts(text)).isFalse();
  }

  @Test
  void nestsTo32AndNoDeeper() {
    assertThat(shape.accepts("{\"a\":" + "[".repeat(31) + "]".repeat(31) + "}")).isTrue();
    assertThat(shape.accepts("{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}")).isTrue();
    assertThat(shape.accepts("{\"a\":" + "[".repeat(33) + "]".repeat(33) + "}")).isFalse();
  }

  @Test
  void randomTextsAreObjects() throws Exception {
    SplittableRandom random = new SplittableRandom(3);
    ObjectMapper judge = new ObjectMapper();
    int ended = 0;
    for (int i = 0; i < 300; i++) {
      String text = shape.walk(random, 400);
      if (text != null) {
        assertThat(judge.readTree(text).isObject()).isTrue();
        ended++;
      }
    }
    assertThat(ended).isGreaterThan(100);
  }

  @Test
  void aChoiceIsOneOfItsTexts() {
    Shape choice = Shape.of(new ConstraintSpec.Choice(List.of("yes", "no", "not sure", "é")));

    assertThat(List.of("yes", "no", "not sure", "é")).allMatch(choice::accepts);
    assertThat(List.of("", "y", "yesno", "not", "e", "yes ")).noneMatch(choice::accepts);
  }
}
