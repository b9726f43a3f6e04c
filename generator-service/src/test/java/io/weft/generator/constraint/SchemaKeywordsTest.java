package io.weft.generator.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each keyword: what is allowed is valid by the judge, and what is not is not allowed. */
@Timeout(30)
class SchemaKeywordsTest {
  static Stream<Arguments> keywords() {
    return Stream.of(
        of("{'type':'boolean'}", "true|false", "null|1|''"),
        of("{'type':'null'}", "null", "nul|false"),
        of("{'type':'integer'}", "0|-1|123456789012345", "01|1.0|1e3|-|1234567890123456"),
        of("{'type':'number'}", "0|-0.5|1e9|1.25E-10", "01|.5|1.|1e|+1|1e100"),
        of("{'type':'string'}", "''|'a'|'é😀'|'\\u00e9'|'\\\"'", "a|'|'\\q'|'\\ud800'|1"),
        of("{'type':['string','null']}", "'a'|null", "1|true"),
        of("{'enum':['a',1,null,{'b':[true]}]}", "'a'|1|null|{'b':[true]}", "'b'|2|{'b': [true]}"),
        of("{'type':'string','enum':['a',1]}", "'a'", "1"),
        of("{'const':'x\\\"y'}", "'x\\\"y'", "'xy'"),
        of("{'type':'integer','minimum':3,'maximum':12}", "3|9|10|12", "2|13|-5|03"),
        of("{'type':'integer','minimum':-20,'maximum':-3}", "-3|-20|-11", "-2|-21|3|0"),
        of("{'type':'integer','minimum':-5}", "-5|0|999999999999999", "-6|-10"),
        of("{'type':'integer','exclusiveMinimum':0,'exclusiveMaximum':2}", "1", "0|2|-0"),
        of("{'type':'integer','minimum':0.5,'maximum':2.5}", "1|2", "0|3"),
        of("{'type':'integer','maximum':100}", "100|99|0|-7", "101|1000"),
        of(
            "{'type':'number','minimum':0.5,'maximum':2.75}",
            "0.5|1|2.75|2.749|1.0",
            "0.4|2.76|3|0"),
        of("{'type':'number','exclusiveMinimum':0}", "0.1|1|100.5", "0|-1|0.0"),
        of("{'type':'number','exclusiveMaximum':1}", "0|0.999|-5.5", "1|1.0|1.5"),
        of("{'type':'number','minimum':-1.5,'maximum':1.5}", "-1.5|-0.5|0|1.5", "-1.6|1.51"),
        of("{'type':'number','minimum':100,'maximum':1000}", "100|999.9|1000.0", "99.9|1000.1"),
        of("{'type':'string','minLength':2,'maxLength':3}", "'ab'|'é😀c'|'a\\n'", "'a'|'abcd'|''"),
        of("{'type':'string','minLength':1}", "'a'|'abc'", "''"),
        of("{'type':'string','maxLength':0}", "''", "'a'"),
        of("{'type':'string','pattern':'^[a-z]+\\\\d$'}", "'ab1'", "'a'|'AB1'|'ab1x'"),
        of("{'type':'string','pattern':'b+'}", "'abc'|'b'", "'ac'|''"),
        of("{'type':'string','pattern':'^a','maxLength':2}", "'a'|'ab'", "'abc'|'b'"),
        of("{'type':'string','pattern':'^.?\\\"$'}", "'\\\"'|'a\\\"'", "'\"'|'a'"),
        of(
            "{'type':'string','format':'date'}",
            "'2024-02-28'|'1999-12-31'",
            "'2024-13-01'|'24-1-1'"),
        of(
            "{'type':'string','format':'time'}",
            "'23:59:59Z'|'00:00:00.5+01:00'",
            "'24:00:00Z'|'1:2:3'"),
        of(
            "{'type':'string','format':'date-time'}",
            "'2024-02-28T23:59:59Z'|'2024-02-28T23:59:59+00:00'|'2024-02-28T23:59:59-03:30'",
            "'2024-02-28'|'2024-02-28T23:59:59-00:00'"),
        of(
            "{'type':'string','format':'duration'}",
            "'P1Y2M3DT4H5M6S'|'PT5M'|'P2W'",
            "'P'|'1D'|'PT'"),
        of("{'type':'string','format':'uuid'}", "'123e4567-e89b-42d3-a456-426614174000'", "'123'"),
        of("{'type':'string','format':'email'}", "'a.b@example.com'", "'a@'|'@b.com'"),
        of("{'type':'string','format':'hostname'}", "'a1.example.org'", "'-a.org'"),
        of("{'type':'string','format':'ipv4'}", "'192.168.0.255'|'0.0.0.0'", "'256.1.1.1'|'1.1.1'"),
        of("{'type':'string','format':'ipv6'}", "'1:2:3:4:5:6:7:abcd'", "'1:2'|'g:2:3:4:5:6:7:8'"),
        of("{'type':'string','format':'uri'}", "'https://example.org/a'", "'example'"),
        of("{'type':'array','items':{'type':'integer'}}", "[]|[1]|[1, 2,3]", "[1.5]|[1,]|['a']"),
        of(
            "{'type':'array','items':{'const':1},'minItems':2,'maxItems':3}",
            "[1,1]|[1,1,1]",
            "[1]|[1,1,1,1]|[]"),
        of("{'type':'array','items':{'const':1},'minItems':1}", "[1]|[1,1,1,1,1]", "[]"),
        of("{'type':'array','maxItems':1}", "[]|[{}]|[null]", "[1,2]"),
        of("{'type':'array','maxItems':0}", "[]", "[1]"),
        of(
            "{'type':'array','prefixItems':[{'const':1},{'const':'a'}]}",
            "[1,'a']|[1]|[]",
            "['a']|[1,'a',2]"),
        of(
            "{'type':'array','prefixItems':[{'const':1}],'items':{'const':2},'minItems':2}",
            "[1,2]|[1,2,2]",
            "[1]|[2,2]|[1,1]"),
        of("{'type':'array','items':false}", "[]", "[1]"),
        of(
            "{'type':'array','allOf':[{'prefixItems':[{'type':['string','integer']}]},{'items':{'type':'integer'}}]}",
            "[]|[1]|[1,2]",
            "['a']|[1,'a']"),
        of(
            "{'type':'array','prefixItems':[true],'items':{'const':1},'allOf':[{'prefixItems':[{'const':2},{'type':'number'},{'enum':[1,3]}]}]}",
            "[]|[2]|[2,1]|[2,1,1]|[2,1,1,1]",
            "[1]|[2,2]|[2,1,3]|[2,1,1,2]"),
        of(
            "{'type':'array','allOf':[{'prefixItems':[{'const':1}],'items':false},{'prefixItems':[true,true]}]}",
            "[]|[1]",
            "[1,1]"),
        of("{'type':'array','uniqueItems':false,'items':{'const':1}}", "[1,1]", "[2]"),
        of("{'type':'object'}", "{}|{'a':{'b':[1]}}", "[]|{'a'}"),
        of(
            "{'type':'object','properties':{'a':{'const':1},'b':{'const':2}},'required':['a','b']}",
            "{'a':1,'b':2}|{'a': 1, 'b': 2}|{\n'a':1,\n'b':2\n}",
            "{'b':2,'a':1}|{'a':1}|{}|{'a':1,'b':2,'c':3}"),
        of(
            "{'type':'object','properties':{'a':{'const':1},'b':{'const':2},'c':{'const':3}},'required':['b']}",
            "{'b':2}|{'a':1,'b':2}|{'b':2,'c':3}|{'a':1,'b':2,'c':3}",
            "{}|{'a':1}|{,'b':2}|{'a':1,'c':3}|{'b':2,}"),
        of("{'properties':{'a':{'const':1}}}", "{}|{'a':1}", "{'a':2}|{'b':1}"),
        of(
            "{'type':'object','properties':{'a':{'const':1}},'additionalProperties':false}",
            "{}|{'a':1}",
            "{'b':1}"),
        of(
            "{'type':'object','properties':{'a':{'const':1}},'additionalProperties':{'const':2}}",
            "{}|{'a':1}|{'b':2}|{'a':1,'b':2,'':2}|{'aa':2}",
            "{'a':2}|{'b':1}|{'\\u0061':2}|{'a':1,'a':2}"),
        of(
            "{'type':'object','additionalProperties':{'type':'integer'}}",
            "{}|{'x':1,'y':2}",
            "{'x':'1'}"),
        of("{'type':'object','required':['k']}", "{'k':1}|{'k':[]}", "{}|{'l':1}"),
        of(
            "{'type':'object','required':['k'],'additionalProperties':{'const':1}}",
            "{'k':1}|{'k':1,'l':1}",
            "{}|{'k':2}"),
        of("{'type':'object','properties':{'a':false,'b':true}}", "{'b':[]}|{}", "{'a':1}"),
        of(
            "{'type':'object','properties':{'a':true},'unevaluatedProperties':false}",
            "{}|{'a':1}",
            "{'b':1}"),
        of(
            "{'type':'object','required':['a'],'properties':{'a':true},'allOf':[{'properties':{'a':true},'unevaluatedProperties':false},{'properties':{'b':true}}]}",
            "{'a':1}",
            "{'a':1,'b':1}"),
        of(
            "{'$ref':'#/$defs/x','properties':{'b':true},'type':'object','$defs':{'x':{'properties':{'a':true},'unevaluatedProperties':false}}}",
            "{}|{'a':1}",
            "{'a':1,'b':1}|{'b':1}"),
        of(
            "{'$ref':'#/$defs/x','properties':{'b':true},'type':'object','unevaluatedProperties':false,'$defs':{'x':{'properties':{'a':true}}}}",
            "{}|{'b':1}|{'b':1,'a':1}",
            "{'c':1}"),
        of(
            "{'type':'object','properties':{'é\\\"':{'const':1}},'minProperties':0}",
            "{'é\\\"':1}",
            "{'é':1}"),
        of(
            "{'anyOf':[{'type':'string'},{'type':'integer','minimum':5},{'const':null}]}",
            "'a'|5|null",
            "4|true"),
        of(
            "{'anyOf':[{'type':'object','properties':{'k':{'const':'a'},'v':{'type':'integer'}},'required':['k','v']},{'type':'object','properties':{'k':{'const':'b'},'w':{'type':'string'}},'required':['k','w']}]}",
            "{'k':'a','v':1}|{'k':'b','w':'x'}",
            "{'k':'a','w':'x'}|{'k':'b','v':1}"),
        of("{'oneOf':[{'type':'string'},{'type':'integer'}]}", "'a'|1", "null|1.5"),
        of(
            "{'oneOf':[{'type':'object','properties':{'k':{'const':1}},'required':['k']},{'type':'object','properties':{'k':{'const':2}},'required':['k']}]}",
            "{'k':1}|{'k':2}",
            "{'k':3}|{}"),
        of(
            "{'oneOf':[{'type':'object','properties':{'a':true},'required':['a'],'additionalProperties':false},{'type':'object','properties':{'b':true},'required':['b'],'additionalProperties':false}]}",
            "{'a':1}|{'b':1}",
            "{}|{'a':1,'b':1}"),
        of("{'oneOf':[{'enum':[1,2]},{'enum':[3]},{'type':'string'}]}", "1|3|'a'", "4"),
        of(
            "{'allOf':[{'type':'object','properties':{'a':{'const':1}},'required':['a']},{'properties':{'b':{'const':2}},'required':['b']}]}",
            "{'a':1,'b':2}",
            "{'a':1}|{'b':2}"),
        of(
            "{'allOf':[{'type':['integer','null'],'minimum':2},{'type':'number','maximum':4}]}",
            "2|4",
            "1|5|null"),
        of(
            "{'allOf':[{'properties':{'a':{'type':'integer'}}},{'properties':{'a':{'minimum':3}}}],'type':'object'}",
            "{'a':3}|{}",
            "{'a':2}|{'a':'x'}"),
        of(
            "{'type':'object','properties':{'a':{'const':1}},'anyOf':[{'required':['a']},{'properties':{'b':{'const':2}},'required':['b']}]}",
            "{'a':1}|{'b':2}|{'a':1,'b':2}",
            "{}"),
        of("{'$ref':'#/$defs/a','$defs':{'a':{'type':'integer'}}}", "1", "'a'"),
        of(
            "{'$defs':{'a/b':{'const':1}},'type':'array','items':{'$ref':'#/$defs/a~1b','description':'x'}}",
            "[1,1]",
            "[2]"),
        of(
            "{'$ref':'#/definitions/A%3CB%20%C3%A9%3E','definitions':{'A<B é>':{'const':1}}}",
            "1", "2"),
        of("{'$ref':'#/$defs/100%','$defs':{'100%':{'const':1}}}", "1", "2"),
        of(
            "{'definitions':{'n':{'type':'string','minLength':1}},'type':'object','properties':{'a':{'$ref':'#/definitions/n','maxLength':2}},'required':['a']}",
            "{'a':'xy'}",
            "{'a':''}|{'a':'xyz'}"),
        of(
            "{'type':'object','properties':{'v':{'type':'integer'},'next':{'anyOf':[{'$ref':'#'},{'type':'null'}]}},'required':['v','next']}",
            "{'v':1,'next':{'v':2,'next':null}}",
            "{'v':1,'next':{}}|{'v':1}"),
        of(
            "{'$defs':{'t':{'type':'object','properties':{'c':{'type':'array','items':{'$ref':'#/$defs/t'}}},'required':['c']}},'$ref':'#/$defs/t'}",
            "{'c':[]}|{'c':[{'c':[]},{'c':[{'c':[]}]}]}",
            "{'c':[1]}|{'c':{}}"),
        of(
            "{'$defs':{'e':{'anyOf':[{'type':'number'},{'type':'array','items':{'$ref':'#/$defs/e'},'minItems':2}]}},'$ref':'#/$defs/e'}",
            "1|[1,2]|[1,[2,[3,4]]]",
            "[1]|[]|'a'"),
        of("true", "1|'a'|{'a':[]}", "a"),
        of("{}", "null|[1]", "nul"),
        of(
            "{'title':'t','description':'d','default':1,'examples':[1],'type':'integer'}",
            "1",
            "'a'"),
        of("{'type':'boolean','minimum':3,'properties':{}}", "true", "3"));
  }

  @ParameterizedTest
  @MethodSource("keywords")
  void allowsWhatIsValidAndNothingElse(String schema, String valid, String invalid) {
    Shape shape = Shape.schema(schema);
    Judge judge = new Judge(schema);
    for (String text : valid.split("\\|", -1)) {
      assertThat(shape.accepts(text)).as(text).isTrue();
      assertThat(judge.isValid(text)).as("judge: " + text).isTrue();
    }
    for (String text : invalid.split("\\|", -1)) {
      assertThat(shape.accepts(text)).as(text).isFalse();
    }
  }

  /** Written out, these would have billions of digits; the judge cannot read them. */
  @Test
  void boundsMayBeFarFromAllNumbers() {
    Shape positive = Shape.schema("{\"type\":\"number\",\"minimum\":1e-900000000}");
    Shape negative = Shape.schema("{\"type\":\"number\",\"exclusiveMaximum\":-1e-900000000}");
    Shape whole =
        Shape.schema("{\"type\":\"integer\",\"minimum\":-1e900000000,\"maximum\":1e-900000000}");

    assertThat(positive.accepts("0.000000000000001")).isTrue();
    assertThat(positive.accepts("0")).isFalse();
    assertThat(negative.accepts("-0.000000000000001")).isTrue();
    assertThat(negative.accepts("0")).isFalse();
    assertThat(whole.accepts("0")).isTrue();
    assertThat(whole.accepts("-999999999999999")).isTrue();
    assertThat(whole.accepts("1")).isFalse();
  }

  /** In single quotes, for reading. */
  private static Arguments of(String schema, String valid, String invalid) {
    return Arguments.of(
        schema.replace('\'', '"'), valid.replace('\'', '"'), invalid.replace('\'', '"'));
  }
}
