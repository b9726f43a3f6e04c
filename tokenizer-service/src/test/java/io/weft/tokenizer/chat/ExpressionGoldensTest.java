package io.weft.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.tokenizer.Goldens;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Single expressions and tags against Jinja2, set up as transformers does. */
class ExpressionGoldensTest {
  private static final TemplateLimits LIMITS = new TemplateLimits(1 << 16, Duration.ofSeconds(10));

  private final JsonNode goldens = Goldens.json("expressions.goldens.json");
  private final Map<String, Object> variables = Goldens.map(goldens.path("variables"));

  @TestFactory
  Stream<DynamicTest> rendersWhatJinja2Renders() {
    return Goldens.elements(goldens.path("cases"))
        .filter(golden -> golden.has("text"))
        .map(
            golden ->
                DynamicTest.dynamicTest(
                    golden.path("source").asText(),
                    () ->
                        assertThat(render(golden.path("source").asText()))
                            .isEqualTo(golden.path("text").asText())));
  }

  @TestFactory
  Stream<DynamicTest> failsWhereJinja2Fails() {
    return Goldens.elements(goldens.path("cases"))
        .filter(golden -> golden.has("error"))
        .map(golden -> golden.path("source").asText())
        .map(source -> DynamicTest.dynamicTest(source, () -> assertFails(source)));
  }

  /** What is not supported fails; it never renders something else. */
  @TestFactory
  Stream<DynamicTest> refusesWhatItCannotRender() {
    return Goldens.elements(Goldens.json("expressions.json").path("refused"))
        .map(JsonNode::asText)
        .map(source -> DynamicTest.dynamicTest(source, () -> assertFails(source)));
  }

  private void assertFails(String source) {
    assertThatExceptionOfType(TemplateException.class).isThrownBy(() -> render(source));
  }

  private String render(String source) {
    return ChatTemplate.parse(source, LIMITS).render(variables);
  }
}
