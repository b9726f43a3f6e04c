package io.weft.tokenizer.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates come with a checkpoint: they are not trusted, and neither is what users write. */
class ChatTemplateTest {
  private static final TemplateLimits LIMITS = new TemplateLimits(1_000, Duration.ofSeconds(10));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 7*7 }}",
        "{% if %}",
        "{# #}",
        "{{ ''.getClass() }}",
        "\"quoted\"",
        "'quoted'",
        "false",
        "\\n \\' \\\"",
        "<b>&amp;</b>",
        "\u0000\u001b",
        "😀",
        " \n trimmed? \n "
      })
  void printsWhatUsersWriteAsItIs(String written) {
    assertThat(render("{{ x }}|{{ x ~ '' }}|{% set y = x %}{{ y }}", Map.of("x", written)))
        .isEqualTo(written + "|" + written + "|" + written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ x.getClass() }}",
        "{{ x.class }}{{ x.class.name }}",
        "{{ x.getBytes() }}",
        "{{ x.chars() }}",
        "{{ m.entrySet() }}",
        "{{ m.put('a', 1) }}",
        "{{ l.add(1) }}",
        "{{ l.stream() }}",
        "{{ ____int3rpr3t3r____.getContext() }}",
        "{{ ____int3rpr3t3r____ }}",
        "{{ namespace(a=1).getClass() }}",
        "{% include 'application.properties' %}",
        "{% import 'x' as y %}",
        "{% extends 'application.properties' %}",
        "{{ 'a'|render }}",
        "{{ '{{ 1 }}'|render }}",
        "{{ 'a'|regex_replace('(a+)+', '') }}",
        "{{ 'a'|log }}",
        "{{ '{}'|fromjson }}",
        "{{ today() }}",
        "{% for i in [1] %}{{ today() }}{% endfor %}",
        "{% macro m() %}{{ unixtimestamp() }}{% endmacro %}{{ m() }}",
        "{{ type(x) }}",
        "{{ fn:list(1) }}",
        "{% do x %}",
        "{% unless x %}{% endunless %}",
        "{{ x is containing 'a' }}",
        // What gets out of Jinja2's own sandbox, or of none.
        "{{ ''.__class__ }}{{ ''.__class__.__mro__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ x['__class__'] }}{{ x['__class__']['__base__'] }}",
        "{{ x|attr('__class__') }}{{ (x|attr('__class__')).__mro__ }}",
        "{{ x|attr('getClass') }}{{ (x|attr('getClass'))() }}",
        "{{ '{0.__class__.__init__.__globals__}'.format(x) }}",
        "{{ '{x.class}'.format_map(m) }}",
        "{{ '%s'.__mod__(x) }}",
        "{{ self.__init__.__globals__ }}",
        "{{ self._TemplateReference__context.cycler }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ joiner.__init__.__globals__ }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
        "{{ lipsum() }}",
        "{{ config.items() }}",
        "{{ request.application.__globals__ }}",
        "{{ get_flashed_messages.__globals__ }}",
        "{{ url_for.__globals__ }}",
        "{{ namespace.__init__.__globals__ }}",
        "{{ dict.__base__.__subclasses__() }}",
        "{{ range.__self__.__import__('os') }}",
        "{{ strftime_now.__globals__['datetime'] }}",
        "{% macro m() %}{% endmacro %}{{ m.__globals__ }}{{ m.__init__.__globals__ }}",
        "{% for i in l %}{{ loop.__class__.__init__ }}{% endfor %}",
        "{{ [].__class__.__base__.__subclasses__()[0] }}",
        "{{ x|map(attribute='__class__')|list }}{{ [x]|map(attribute='__class__.x')|first|length }}",
        "{{ import('os') }}",
        "{{ __import__('os') }}",
        "{{ open('/etc/passwd').read() }}",
        "{{ eval('1') }}",
        "{{ exec('1') }}",
        // What gets out of Jinjava's.
        "{{ x.getClass().forName('java.lang.Runtime') }}",
        "{{ x.class.forName('java.lang.Runtime').getRuntime().exec('id') }}",
        "{{ 'a'.getClass().forName('javax.script.ScriptEngineManager').newInstance() }}",
        "{{ ____int3rpr3t3r____.getConfig() }}",
        "{{ ____int3rpr3t3r____.config.objectMapper }}",
        "{{ int3rpr3t3r.getContext() }}",
        "{{ context.parent }}",
        "{{ m.getClass().getClassLoader() }}",
        "{{ l.getClass().getProtectionDomain() }}",
        "{{ l.iterator().next() }}",
        "{{ l.toArray() }}",
        "{{ m.values().stream() }}",
        "{{ m.items().getClass() }}",
        "{{ m.keySet() }}",
        "{{ m.pop('k') }}",
        "{{ m.clear() }}",
        "{{ m.update({'a': 1}) }}",
        "{{ l.append(1) }}{{ l.clear() }}",
        "{% from 'x' import y %}",
        "{{ x|fromyaml }}",
        "{{ '/etc/passwd'|urlize }}",
        "{% raw %}{% endraw %}{% debug %}",
        "{% autoescape %}{% endautoescape %}",
        "{% ifchanged x %}{% endifchanged %}",
        "{% cycle 'a','b' %}",
        "{% print x.class.name %}",
        "${x.class.name}{{ x.class.name }}",
        "#{x.getClass()}{{ x.getClass() }}"
      })
  void givesTemplatesNothingOfJava(String source) {
    assertFails(source, Map.of("x", "text", "m", Map.of("k", 1L), "l", List.of(1L)));
  }

  @Test
  void boundsOutput() {
    assertLimit("{% for i in range(1001) %}x{% endfor %}", "characters");
    assertLimit("{% for i in range(40) %}{% for j in range(40) %}x{% endfor %}{% endfor %}", "");
    assertLimit(
        "{% set ns = namespace(s='aa') %}"
            + "{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "1,024 characters > 1,000");
    assertLimit("{% set a = 'x'.replace('', 'y' * 999) %}", "1,999 characters > 1,000");
    assertLimit("{{ 'yy' * 501 }}", "1,002 characters > 1,000");
    assertLimit("{{ 2000000000 * 'yyyy' }}", "8,000,000,000 characters > 1,000");
    assertLimit("{{ '-'.join(range(1000)|map('string')|list) }}", "characters > 1,000");
    assertLimit("{{ 'aaaaaaaaaa'.replace('a', '" + "b".repeat(200) + "') }}", "characters > 1,000");
    assertLimit("{% macro m(n) %}xxxx{{ m(n) }}{% endmacro %}{{ m(1) }}", "");
  }

  @Test
  void boundsLists() {
    assertLimit("{{ range(100001) }}", "range of 100,001 > 100,000");
    assertLimit(
        "{% set ns = namespace(l=[1, 2]) %}"
            + "{% for i in range(60) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
        "a list has 131,072 elements > 100,000");
  }

  @Test
  void boundsTime() {
    AtomicLong nanos = new AtomicLong();
    ChatTemplate template =
        ChatTemplate.parse(
            "{% for i in range(1000) %}{% for j in range(1000) %}{% endfor %}\n{% endfor %}",
            new TemplateLimits(1_000, Duration.ofMillis(5)),
            () -> nanos.addAndGet(1_000),
            Clock.systemUTC());

    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> template.render(Map.of()))
        .withMessageContaining("rendering took more than 5 ms")
        .extracting(TemplateException::kind)
        .isEqualTo(TemplateException.Kind.LIMIT);
  }

  @Test
  void boundsTimeWithinOneExpression() {
    AtomicLong nanos = new AtomicLong();
    for (String call : List.of("s.upper()", "s|upper", "s + s", "range(1)", "1 in l")) {
      ChatTemplate template =
          ChatTemplate.parse(
              "{{ [" + (call + ", ").repeat(6_000) + "]|length }}",
              new TemplateLimits(1_000, Duration.ofMillis(5)),
              () -> nanos.addAndGet(1_000),
              Clock.systemUTC());

      assertThatExceptionOfType(TemplateException.class)
          .as(call)
          .isThrownBy(() -> template.render(Map.of("s", "x", "l", List.of())))
          .withMessageContaining("rendering took more than 5 ms");
    }
  }

  @Test
  void boundsWhatGrowsAsItIsWritten() {
    String doubled =
        "{% set ns = namespace(l=[1]) %}"
            + "{% for i in range(40) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}";
    assertLimit(doubled + "{{ ns.l|tojson }}", "characters > 1,000");
    assertLimit(doubled + "{{ ns.l }}", "characters > 1,000");
  }

  @Test
  void splitsLongTextsAtOnce() {
    ChatTemplate template =
        ChatTemplate.parse(
            "{{ s.split()|length }}|{{ s.rsplit(none, 150000)|length }}"
                + "|{{ s.rsplit(' ', 150000)|length }}",
            new TemplateLimits(1 << 20, Duration.ofSeconds(10)));

    assertThat(template.render(Map.of("s", "a ".repeat(200_000))))
        .isEqualTo("200000|150001|150001");
  }

  @Test
  void boundsSteps() {
    ChatTemplate template =
        ChatTemplate.parse(
            "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}",
            new TemplateLimits(1_000, Duration.ofSeconds(10)), () -> 0, Clock.systemUTC());

    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> template.render(Map.of()))
        .withMessageContaining("rendering took more than 5,000,000 steps")
        .extracting(TemplateException::kind)
        .isEqualTo(TemplateException.Kind.LIMIT);
  }

  @Test
  void boundsRecursionAndNesting() {
    assertLimit("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "macros call each other");
    assertLimit(
        "{{ " + "(".repeat(20_000) + "1" + ")".repeat(20_000) + " }}",
        "line 1: brackets are nested more than 32 deep");
    assertLimit("{{ 1" + "+1".repeat(50_000) + " }}", "the template is nested too deep");
    assertLimit("{% if 1 %}".repeat(40_000) + "{% endif %}".repeat(40_000), "nested too deep");
    assertLimit("x".repeat((1 << 20) + 1), "1,048,577 characters > 1,048,576");
  }

  @Test
  void saysWhereAndWhat() {
    assertMessage("a\n{% if x %}\n{{ y.z }}\n{% endif %}", "line 3: 'y' is undefined");
    assertMessage(
        "a\n\n{%- if x %}\n  {{ 'a' + 1 }}{% endif %}", "line 4: '+' cannot add int to str");
    assertMessage("\n{{ x|nope }}", "line 2: filter 'nope' is not supported");
    assertMessage("\n\n{% call x() %}{% endcall %}", "line 3: tag 'call' is not supported");
    assertMessage("{{ x is nope }}", "line 1: test 'nope' is not supported");
    assertMessage("\n{# no end", "line 2: a comment has no end");
    assertMessage("\n\n{{ 'no end }}", "line 3: a string has no end");
    assertMessage("{% for x in 1 %}{% endfor %}", "line 1: int is not iterable");
  }

  @Test
  void neverQuotesTheConversation() {
    for (String source :
        List.of(
            "{{ x * x }}",
            "{{ x % 3 }}",
            "{{ x - 1 }}",
            "{{ x.nope() }}",
            "{{ x + 1 }}",
            "{{ x < 1 }}",
            "{{ raise_exception(x) }}",
            "{{ raise_exception('no ' + x) }}",
            "{% for a, b in [x] %}{% endfor %}",
            "{{ strftime_now(x) }}",
            "{{ range(x) }}",
            "{{ [x]|sum }}",
            "{{ [x, 1]|sort }}",
            "{{ x(1) }}",
            "{{ x|map('nope')|list }}",
            "{{ [1]|map(x)|list }}",
            "{{ [1]|select(x)|list }}")) {
      assertThatExceptionOfType(TemplateException.class)
          .as("%.80s", source)
          .isThrownBy(() -> render(source, Map.of("x", "%QSECRET")))
          .satisfies(e -> assertThat(e).hasMessageNotContaining("SECRET").hasNoCause());
    }
  }

  @Test
  void passesOnTheRefusalsThatTheTemplateSpellsOut() {
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render("\n{{ raise_exception('Roles must alternate') }}", Map.of()))
        .withMessage("line 2: Roles must alternate")
        .extracting(TemplateException::kind)
        .isEqualTo(TemplateException.Kind.REFUSED);
  }

  @Test
  void tellsTheTimeOfTheClock() {
    Clock clock =
        Clock.fixed(Instant.parse("2025-01-09T05:04:03.002Z"), ZoneId.of("Europe/Berlin"));
    ChatTemplate template =
        ChatTemplate.parse(
            "{{ strftime_now('%d %b %Y, %A %B %-d, %H:%M:%S %I %p %j %y %%%Z%z') }}",
            LIMITS, System::nanoTime, clock);

    assertThat(template.render(Map.of()))
        .isEqualTo("09 Jan 2025, Thursday January 9, 06:04:03 06 AM 009 25 %");
  }

  @Test
  void leavesItsVariablesAlone() {
    Map<String, Object> message = Map.of("role", "user");
    String source =
        "{% set message = messages[0] %}{% set messages = [] %}{{ message.role }}{{ messages }}";

    assertThat(render(source, Map.of("messages", List.of(message)))).isEqualTo("user[]");
    assertThat(message).containsOnlyKeys("role");
  }

  @Test
  void rendersOnManyThreadsAtOnce() throws Exception {
    ChatTemplate template =
        ChatTemplate.parse(
            "{% macro m(x) %}<{{ x }}>{% endmacro %}"
                + "{% for m in messages %}{{ m }}{{ loop.index }}{% endfor %}",
            LIMITS);
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Callable<String>> calls =
          IntStream.range(0, 200)
              .mapToObj(
                  i ->
                      (Callable<String>)
                          () -> template.render(Map.of("messages", List.of("a" + i, "b" + i))))
              .toList();
      List<Future<String>> results = threads.invokeAll(calls);
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).get()).isEqualTo("a" + i + "1b" + i + "2");
      }
    }
  }

  @Test
  void manyMessagesTakeNoLongTime() {
    List<Map<String, Object>> messages =
        IntStream.range(0, 4_096)
            .mapToObj(i -> Map.<String, Object>of("role", "user", "content", "x"))
            .collect(Collectors.toList());
    ChatTemplate template =
        ChatTemplate.parse(
            "{% for m in messages %}{{ m.role + messages[0].role }}{% endfor %}",
            new TemplateLimits(1 << 20, Duration.ofSeconds(10)));

    assertThat(template.render(Map.of("messages", messages))).hasSize(8 * 4_096);
  }

  private static void assertMessage(String source, String message) {
    assertThatExceptionOfType(TemplateException.class)
        .isThrownBy(() -> render(source, Map.of("x", "text")))
        .withMessage(message);
  }

  private static void assertLimit(String source, String message) {
    assertLimit(source, message, TemplateException.Kind.LIMIT);
  }

  private static void assertLimit(String source, String message, TemplateException.Kind kind) {
    assertThatExceptionOfType(TemplateException.class)
        .as("%.80s", source)
        .isThrownBy(() -> render(source, Map.of()))
        .withMessageContaining(message)
        .extracting(TemplateException::kind)
        .isEqualTo(kind);
  }

  private static void assertFails(String source, Map<String, Object> variables) {
    assertThatExceptionOfType(TemplateException.class)
        .as("%.80s", source)
        .isThrownBy(() -> render(source, variables));
  }

  private static String render(String source, Map<String, Object> variables) {
    return ChatTemplate.parse(source, LIMITS).render(variables);
  }
}
