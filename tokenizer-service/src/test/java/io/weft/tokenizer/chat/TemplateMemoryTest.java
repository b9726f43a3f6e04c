package io.weft.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one rendering may keep is bounded, by whichever operation it was made. */
class TemplateMemoryTest {
  private static final TemplateLimits LIMITS = new TemplateLimits(1 << 20, Duration.ofMinutes(1));

  /** Each of these makes 100 KB or more at every turn of a loop. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "s ~ i",
        "s + 'a'",
        "'a' * 100000",
        "s[1:]",
        "s[::-1]",
        "s.upper()",
        "s.lower()|upper",
        "s.replace('a', 'b')",
        "s.split('a')",
        "s.splitlines(true)",
        "s.partition('z')",
        "s.title()",
        "s|list",
        "s|reverse",
        "s|indent",
        "s|tojson",
        "[s, s]|join",
        "[s, s]|map('upper')|list",
        "['a']|map('replace', 'a', s)|list",
        "[0] * 50000",
        "(1, 2) * 50000",
        "r + [1]",
        "r[:-1]",
        "(1, 2)|list * 50000",
        "r|sort",
        "r|map('string')|list",
        "r|select|list",
        "range(50000)|map('abs')|list",
        "d|dictsort",
        "d|items",
        "d.items()",
        "d.keys()",
        "d.copy()|list",
        "dict(d)",
        "namespace(d)",
        "m()",
        "r|string",
        "'{}'.format(s)",
      })
  void boundsWhatIsKept(String made) {
    String source =
        "{% macro m() %}{{ s }}{% endmacro %}{% set s = s %}{% set ns = namespace(l=[]) %}"
            + "{% for i in range(90000) %}{% set ns.l = [ns.l, "
            + made
            + "] %}{% endfor %}";
    Map<String, Object> numbers = new LinkedHashMap<>();
    IntStream.range(0, 5_000).forEach(i -> numbers.put("k" + i, (long) i));
    Map<String, Object> variables =
        Map.of(
            "s", "a\n".repeat(50_000),
            "r", IntStream.range(0, 50_000).mapToObj(i -> (Object) (long) i).toList(),
            "d", numbers);

    assertOutOfBounds(source, variables);
  }

  @Test
  void boundsWhatOneExpressionMakes() {
    String source = "{{ [" + "'a' * 1000000, ".repeat(1_000) + "]|length }}";
    assertOutOfBounds(source, Map.of());
  }

  @Test
  void boundsBlocks() {
    String source =
        "{% set ns = namespace(l=[]) %}{% for i in range(9000) %}"
            + "{% set b %}"
            + "x".repeat(10_000)
            + "{% endset %}{% set ns.l = [ns.l, b] %}{% endfor %}";
    assertOutOfBounds(source, Map.of());
  }

  @Test
  void boundsMacros() {
    String source =
        "{% set ns = namespace(l=[]) %}{% for i in range(90000) %}"
            + "{% macro m() %}{% endmacro %}{% set ns.l = [ns.l, m] %}{% endfor %}";
    assertOutOfBounds(source, Map.of());
  }

  @Test
  void boundsWhatExpressionsWithinOneAnotherMake() {
    String source =
        "{% macro m(a, n) %}{% if n > 0 %}{{ ('b' * 1000000)|length + m(a, n - 1)|length }}"
            + "{% endif %}{% endmacro %}{{ (['a' * 900000] * 2 + [m('a' * 1000000, 30)])|length }}";
    assertOutOfBounds(source, Map.of());
  }

  @Test
  void boundsFieldsThatAnExpressionStillHolds() {
    String source =
        "{% set ns = namespace(x='') %}{% macro m() %}{% set ns.x = 'a' * 1000000 %}{% endmacro %}"
            + ("{{ range(" + "ns.x, m(), ".repeat(200) + "1) }}");
    assertOutOfBounds(source, Map.of());
  }

  /** Some templates add up the whole prompt, of which only the last form is kept. */
  @Test
  void takesTextsThatGrowInANamespace() {
    String source =
        "{% set ns = namespace(p='') %}{% for i in range(1000) %}"
            + "{% set ns.p = ns.p + 'x' * 1000 %}{% endfor %}{{ ns.p }}";
    assertThat(ChatTemplate.parse(source, LIMITS).render(Map.of())).hasSize(1_000_000);
  }

  @Test
  void takesLongConversations() {
    String source =
        "{% for m in messages %}{% set text = m['content']|trim %}"
            + "{{ '<|im_start|>' + m['role'] + '\\n' + text.split('</think>')[-1].lstrip('\\n')"
            + " + '<|im_end|>' + '\\n' }}{% endfor %}";
    List<Map<String, Object>> messages =
        IntStream.range(0, 1_000)
            .mapToObj(i -> Map.<String, Object>of("role", "user", "content", "x".repeat(1_000)))
            .collect(Collectors.toList());

    assertThat(ChatTemplate.parse(source, LIMITS).render(Map.of("messages", messages)))
        .hasSize(1_000 * (1_000 + 12 + 4 + 1 + 10 + 1));
  }

  private static void assertOutOfBounds(String source, Map<String, Object> variables) {
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> ChatTemplate.parse(source, LIMITS).render(variables))
        .withMessageContaining("rendering keeps values of more than 67,108,864 bytes")
        .extracting(TemplateException::kind)
        .isEqualTo(TemplateException.Kind.LIMIT);
  }
}
