package io.weft.generator.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What cannot be carried out is refused, with its place, and soon. */
@Timeout(60)
class SchemaRefusalsTest {
  static Stream<Arguments> refused() {
    return Stream.of(
        unsupported("{'type':'integer','multipleOf':3}", "#, multipleOf: not supported"),
        unsupported("{'properties':{'a':{'not':{}}}}", "#/properties/a, not: not supported"),
        unsupported("{'type':'array','items':{'if':true}}", "#/items, if: not supported"),
        unsupported("{'$defs':{'x':{'contains':1}},'$ref':'#/$defs/x'}", "#/$defs/x, contains"),
        unsupported("{'type':'array','uniqueItems':true}", "#, uniqueItems"),
        unsupported("{'type':'object','patternProperties':{}}", "#, patternProperties"),
        unsupported("{'type':'object','propertyNames':{}}", "#, propertyNames"),
        unsupported("{'type':'object','minProperties':1}", "#, minProperties"),
        unsupported("{'type':'object','maxProperties':1}", "#, maxProperties"),
        unsupported("{'type':'string','format':'idn-email'}", "#, format"),
        unsupported("{'type':'string','pattern':'(?=a)'}", "#, pattern: look-around"),
        unsupported("{'type':'string','minLength':2001}", "#, minLength"),
        unsupported("{'type':'array','minItems':1001}", "#, minItems"),
        unsupported("{'items':[{}]}", "#, items: not supported by this version: a list"),
        unsupported("{'$ref':'other.json'}", "#, $ref"),
        unsupported("{'nullable':true,'type':'string'}", "#, nullable"),
        unsupported("{'what is this':1}", "#, ...: not supported"),
        unsupported(
            "{'enum':['a'],'minLength':1}",
            "#, minLength: not supported by this version: beside enum"),
        unsupported("{'oneOf':[{'type':'number'},{'type':'integer'}]}", "#, oneOf"),
        unsupported("{'oneOf':[{'properties':{}},{'properties':{}}]}", "#, oneOf"),
        unsupported("{'minimum':1,'minLength':1}", "#, type: not supported by this version: none"),
        unsupported("{'allOf':[{'pattern':'a'},{'pattern':'b'}],'type':'string'}", "#, pattern"),
        unsupported(
            "{'$defs':{'x':{'type':'object','properties':{'n':{'$ref':'#/$defs/x'}}},"
                + "'y':{'type':'object','properties':{'m':{'$ref':'#/$defs/y'}}}},"
                + "'anyOf':[{'type':'object','properties':{'a':{'$ref':'#/$defs/x'}}},"
                + "{'type':'object','properties':{'a':{'$ref':'#/$defs/y'}}}]}",
            "alternatives of the constraint begin alike"),
        invalid("{'type':'int'}", "#, type: is none"),
        invalid("{'type':3}", "#, type"),
        invalid("{'enum':[]}", "#, enum"),
        invalid("{'minimum':'a','type':'integer'}", "#, minimum: must be a number"),
        invalid("{'minLength':-1,'type':'string'}", "#, minLength: must be"),
        invalid("{'minLength':1.5,'type':'string'}", "#, minLength: must be"),
        invalid("{'minLength':3,'maxLength':2,'type':'string'}", "#, minLength: 3 > maxLength, 2"),
        invalid("{'minItems':3,'maxItems':2,'type':'array'}", "#, minItems: 3 > 2"),
        invalid("{'properties':[]}", "#, properties"),
        invalid("{'required':'a'}", "#, required"),
        invalid("{'anyOf':[]}", "#, anyOf"),
        invalid("{'properties':{'a':1}}", "#/properties/a: a schema must be"),
        invalid("{'$ref':'#/$defs/x'}", "#, $ref: refers to nothing"),
        invalid("{'$ref':'#'}", "#, $ref: it only leads to itself"),
        invalid("{'anyOf':[{'$ref':'#'}]}", "lead only to themselves"),
        invalid("{'type':'string','pattern':'('}", "#, pattern: the regular expression"),
        invalid("{'minimum':3,'maximum':2,'type':'integer'}", "no text can ever"),
        invalid("{'minimum':1e900000000,'type':'number'}", "no text can ever"),
        invalid("{'maximum':-1e900000000,'type':'integer'}", "no text can ever"),
        invalid("{'required':['x'],'unevaluatedProperties':false}", "no text can ever"),
        invalid("{'$ref':'#/$defs/%zz'}", "#, $ref: is not a JSON pointer"),
        invalid("{'allOf':[{'type':'string'},{'type':'null'}]}", "no text can ever"),
        invalid("{'type':'object','properties':{'a':false},'required':['a']}", "no text can ever"),
        invalid("false", "no text can ever"),
        invalid(
            "{'type':'object','properties':{'a':{'$ref':'#'}},'required':['a']}",
            "no text can ever"),
        invalid("{'a':1,'a':2}", "the schema is not valid JSON"),
        invalid("{", "the schema is not valid JSON"),
        invalid("{} {}", "the schema is not valid JSON"),
        invalid("[]", "#: a schema must be"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void saysWhereAndWhat(String schema, String reason, String message) {
    assertThatThrownBy(() -> Shape.schema(schema))
        .isInstanceOfSatisfying(
            WeftException.InvalidRequest.class,
            e -> {
              assertThat(e.reason()).isEqualTo(reason);
              assertThat(e.metadata()).containsEntry("param", "constraint.json_schema");
            })
        .hasMessageContaining(message);
  }

  static Stream<Arguments> hostile() {
    String deep = "{'items':".repeat(100) + "{'type':'null'}" + "}".repeat(100);
    String chain =
        IntStream.range(0, 1_500)
            .mapToObj(i -> "'%d':{'items':{'$ref':'#/$defs/%d'}}".formatted(i, i + 1))
            .collect(Collectors.joining(",", "{'$ref':'#/$defs/0','$defs':{", "}}"));
    String doubling =
        IntStream.range(0, 60)
            .mapToObj(
                i ->
                    ("'%d':{'type':'object','properties':{'a':{'$ref':'#/$defs/%d'},"
                            + "'b':{'$ref':'#/$defs/%d'}}}")
                        .formatted(i, i + 1, i + 1))
            .collect(
                Collectors.joining(",", "{'$ref':'#/$defs/0','$defs':{", ",'60':{'const':1}}}"));
    String alternatives =
        IntStream.range(0, 1_900)
            .mapToObj("{'type':'string','const':'%d'}"::formatted)
            .collect(Collectors.joining(",", "{'anyOf':[", "]}"));
    String product =
        "{'allOf':["
            + "{'anyOf':[{'minimum':1},{'minimum':2},{'minimum':3},{'minimum':4}]},".repeat(500)
            + "{'type':'integer'}]}";
    String counted =
        "{'type':'array','minItems':1000,'items':".repeat(4)
            + "{'type':'string','minLength':2000}"
            + "}".repeat(4);
    String pattern = "{'type':'string','pattern':'(a|b)*a(a|b){24}'}";
    String everywhere =
        "{'type':'string','pattern':'" + "[ab].*".repeat(200) + "','maxLength':2000}";
    String optional =
        IntStream.range(0, 3_000)
            .mapToObj("'p%d':{}"::formatted)
            .collect(Collectors.joining(",", "{'type':'object','properties':{", "}}"));
    String tiny = "{'type':'number','exclusiveMaximum':1e-600000000,'minimum':-1e600000000}";
    String nothing = "{'type':'string','pattern':'(){1000000000}'}";
    String perhaps = "{'type':'string','pattern':'(a?){20000}'}";
    return Stream.of(
            tiny,
            nothing,
            perhaps,
            deep,
            chain,
            doubling,
            alternatives,
            product,
            counted,
            pattern,
            everywhere,
            optional)
        .map(schema -> Arguments.of(schema.replace('\'', '"')));
  }

  /** Each of many properties may be left out: the empty transitions of all pairs add up. */
  @Test
  void transitionsAreBoundedBeforeTheyFillTheMemory() {
    String schema =
        IntStream.range(0, 3_000)
            .mapToObj("\"p%d\":{\"const\":1}"::formatted)
            .collect(Collectors.joining(",", "{\"type\":\"object\",\"properties\":{", "}}"));

    assertThatThrownBy(() -> Shape.schema(schema))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessageContaining("more than 1,000,000 transitions");
  }

  /** Values are compared with one another: that is work too. */
  @Test
  void comparingValuesCountsAgainstTheTime() {
    String one =
        IntStream.range(0, 2_000).boxed().map(String::valueOf).collect(Collectors.joining(","));
    String other =
        IntStream.range(2_000, 4_000).boxed().map(String::valueOf).collect(Collectors.joining(","));
    Grammar grammar = new Grammar(new Budget(0));

    for (String keyword : new String[] {"allOf", "oneOf"}) {
      String schema = "{\"%s\":[{\"enum\":[%s]},{\"enum\":[%s]}]}".formatted(keyword, one, other);
      assertThatThrownBy(
              () -> SchemaCompiler.compile(schema, grammar, grammar.nfa(), Nfa.START, Nfa.END))
          .isInstanceOf(Refusal.class)
          .hasMessageContaining("takes longer than 0 ms");
    }
  }

  /** Compiled or refused, but soon, and not by a fault. */
  @ParameterizedTest
  @MethodSource("hostile")
  void takesBoundedTime(String schema) {
    assertThat(schema.length()).isLessThan(65_536);
    long start = System.nanoTime();
    try {
      Shape shape = Shape.schema(schema);
      assertThat(shape.constraint().bytes()).isLessThan(32 << 20);
    } catch (WeftException.InvalidRequest e) {
      assertThat(e.reason()).isEqualTo("CONSTRAINT_TOO_COMPLEX");
    }
    assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(20_000);
  }

  private static Arguments unsupported(String schema, String message) {
    return Arguments.of(schema.replace('\'', '"'), "UNSUPPORTED_CONSTRAINT", message);
  }

  private static Arguments invalid(String schema, String message) {
    return Arguments.of(schema.replace('\'', '"'), "INVALID_VALUE", message);
  }
}
