package io.weft.gateway.tools;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.gateway.backend.Tool;
import io.weft.gateway.json.Trees;
import java.util.List;
import org.junit.jupiter.api.Test;

class CallSchemaTest {
  @Test
  void oneToolIsOneObject() {
    assertThat(CallSchema.of(List.of(tool("f", "")), "arguments"))
        .isEqualTo(
            body(
                "{'type':'object','properties':{'name':{'const':'f'},'arguments':"
                    + "{'type':'object','properties':{},'additionalProperties':false}},"
                    + "'required':['name','arguments'],'additionalProperties':false}"));
    assertThat(CallSchema.of(List.of(tool("f", ",'parameters':{}")), "parameters"))
        .contains(body("'parameters':{'type':'object'}"));
  }

  @Test
  void referencesLeadToWhereTheSchemaStands() {
    String parameters =
        ",'parameters':{'type':'object','properties':{'a':{'$ref':'#/$defs/A'},"
            + "'$ref':{'type':'string'},'b':{'enum':[{'$ref':'#/x'}]},'c':{'$ref':'#'}},"
            + "'$defs':{'A':{'type':'string'}}}";

    String schema =
        CallSchema.of(List.of(tool("f", parameters), tool("g", parameters)), "arguments");

    String place = "#/anyOf/%d/properties/arguments";
    for (int i = 0; i < 2; i++) {
      assertThat(schema)
          .contains(body("{'$ref':'" + place.formatted(i) + "/$defs/A'}"))
          .contains(body("{'$ref':'" + place.formatted(i) + "'}"));
    }
    assertThat(schema).contains(body("'enum':[{'$ref':'#/x'}]"));
    assertThat(schema).contains(body("'$ref':{'type':'string'}"));
  }

  @Test
  void namesOfPropertiesAreNoKeywords() {
    String parameters =
        ",'parameters':{'type':'object','properties':{'default':{'$ref':'#/$defs/enum'},"
            + "'properties':{'type':'object','properties':{'const':{'$ref':'#/$defs/enum'}}}},"
            + "'$defs':{'enum':{'type':'string','default':{'$ref':'#/x'}}}}";

    String schema = CallSchema.of(List.of(tool("f", parameters)), "arguments");

    String moved = "{'$ref':'#/properties/arguments/$defs/enum'}";
    assertThat(schema)
        .contains(body("'default':" + moved))
        .contains(body("'const':" + moved))
        .contains(body("'default':{'$ref':'#/x'}"));
  }

  private static Tool tool(String name, String more) {
    return new Tool(
        name,
        Trees.read(
            body("{'type':'function','function':{'name':'" + name + "'" + more + "}}"), "t", 24));
  }
}
