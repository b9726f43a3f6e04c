package io.weft.generator.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random texts of allowed tokens, each judged by another's validator. */
@Timeout(120)
class SchemaWalksTest {
  static Stream<String> schemas() {
    return Stream.of(
            """
            {"type":"object","properties":{
              "name":{"type":"string","minLength":1,"maxLength":12},
              "age":{"type":"integer","minimum":0,"maximum":130},
              "score":{"type":"number","minimum":-1,"exclusiveMaximum":1},
              "tags":{"type":"array","items":{"enum":["a","b","c"]},"maxItems":4},
              "mail":{"type":"string","format":"email"},
              "nick":{"type":["string","null"],"pattern":"^[A-Z][a-z]{0,5}$"}},
             "required":["name","age","tags"],"additionalProperties":false}
            """,
            """
            {"$defs":{"node":{"type":"object","properties":{
                "value":{"type":"integer"},
                "children":{"type":"array","items":{"$ref":"#/$defs/node"},"maxItems":3}},
              "required":["value","children"],"additionalProperties":false}},
             "$ref":"#/$defs/node"}
            """,
            """
            {"$defs":{
               "expr":{"anyOf":[{"$ref":"#/$defs/lit"},{"$ref":"#/$defs/op"}]},
               "lit":{"type":"object","properties":{"lit":{"type":"number"}},"required":["lit"]},
               "op":{"type":"object","properties":{"op":{"enum":["+","-"]},
                  "left":{"$ref":"#/$defs/expr"},"right":{"$ref":"#/$defs/expr"}},
                  "required":["op","left","right"]}},
             "$ref":"#/$defs/expr"}
            """,
            """
            {"type":"object","properties":{"when":{"type":"string","format":"date-time"},
               "day":{"type":"string","format":"date"},"id":{"type":"string","format":"uuid"},
               "ip":{"type":"string","format":"ipv4"},"six":{"type":"string","format":"ipv6"},
               "for":{"type":"string","format":"duration"},"at":{"type":"string","format":"time"},
               "host":{"type":"string","format":"hostname"},"uri":{"type":"string","format":"uri"}},
             "additionalProperties":{"type":"array","items":{"type":"boolean"},"minItems":1}}
            """,
            """
            {"type":"array","minItems":1,"maxItems":5,"items":{"oneOf":[
               {"type":"object","properties":{"kind":{"const":"text"},"text":{"type":"string"}},
                "required":["kind","text"],"additionalProperties":false},
               {"type":"object","properties":{"kind":{"const":"point"},
                  "xy":{"type":"array","prefixItems":[{"type":"number"},{"type":"number"}],
                        "minItems":2,"maxItems":2}},
                "required":["kind","xy"],"additionalProperties":false}]}}
            """,
            """
            {"allOf":[{"$ref":"#/$defs/base"},{"properties":{"more":{}}}],"type":"object",
             "$defs":{"base":{"properties":{"id":{"type":"integer","exclusiveMinimum":-10}},
                              "required":["id"]}}}
            """,
            """
            {"type":"number","minimum":-12.5,"maximum":1000.25}
            """)
        .map(String::strip);
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void areValid(String schema) {
    Shape shape = Shape.schema(schema);
    Judge judge = new Judge(schema);
    SplittableRandom random = new SplittableRandom(11);
    int ended = 0;
    for (int i = 0; i < 150; i++) {
      String text = shape.walk(random, 600);
      if (text != null) {
        assertThat(judge.isValid(text)).as(text).isTrue();
        ended++;
      }
    }
    assertThat(ended).isGreaterThan(50);
  }
}
