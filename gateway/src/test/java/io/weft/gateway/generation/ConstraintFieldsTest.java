package io.weft.gateway.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.gateway.backend.Constraint;
import io.weft.gateway.backend.Constraint.Kind;
import io.weft.gateway.json.JsonReader;
import io.weft.runtime.error.WeftException;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstraintFieldsTest {
  private static final String SCHEMA = "{'b':{'a':[1,2.50,-1e3,true,null,'é\\n']},'a':{}}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'response_format':{'type':'json_schema','json_schema':{'name':'n','strict':true,'description':'d','schema':SCHEMA}}} | response_format",
        "{'response_format':{'json_schema':{'schema':SCHEMA},'type':'json_schema'}} | response_format",
        "{'structured_outputs':{'json':SCHEMA}} | structured_outputs",
        "{'guided_json':SCHEMA} | guided_json",
      })
  void aSchemaKeepsItsOrderAndItsNumbers(String body, String param) {
    assertThat(read(body.replace("SCHEMA", SCHEMA)))
        .isEqualTo(new Constraint(Kind.JSON_SCHEMA, List.of(json(SCHEMA)), param));
  }

  @Test
  void aSchemaMayBeTextAsInVllm() {
    assertThat(read("{'guided_json':'{}'}"))
        .isEqualTo(new Constraint(Kind.JSON_SCHEMA, List.of("{}"), "guided_json"));
    assertThat(read("{'structured_outputs':{'json':true}}"))
        .isEqualTo(new Constraint(Kind.JSON_SCHEMA, List.of("true"), "structured_outputs"));
  }

  @Test
  void readsTheOtherKinds() {
    assertThat(read("{'response_format':{'type':'json_object'}}"))
        .isEqualTo(new Constraint(Kind.JSON_OBJECT, List.of(), "response_format"));
    assertThat(read("{'structured_outputs':{'json_object':true}}"))
        .isEqualTo(new Constraint(Kind.JSON_OBJECT, List.of(), "structured_outputs"));
    assertThat(read("{'structured_outputs':{'regex':'a+'}}"))
        .isEqualTo(new Constraint(Kind.REGEX, List.of("a+"), "structured_outputs"));
    assertThat(read("{'guided_regex':'a+'}"))
        .isEqualTo(new Constraint(Kind.REGEX, List.of("a+"), "guided_regex"));
    assertThat(read("{'structured_outputs':{'choice':['a','b']}}"))
        .isEqualTo(new Constraint(Kind.CHOICE, List.of("a", "b"), "structured_outputs"));
    assertThat(read("{'guided_choice':['a','b']}"))
        .isEqualTo(new Constraint(Kind.CHOICE, List.of("a", "b"), "guided_choice"));
  }

  @Test
  void nothingIsNoConstraint() {
    assertThat(read("{}")).isNull();
    assertThat(read("{'response_format':null,'guided_json':null}")).isNull();
    assertThat(read("{'response_format':{'type':'text'},'guided_regex':'a'}"))
        .isEqualTo(new Constraint(Kind.REGEX, List.of("a"), "guided_regex"));
    assertThat(read("{'structured_outputs':{'json_object':false}}")).isNull();
  }

  @Test
  void aSchemaHasAtMost64KiB() {
    assertThatThrownBy(() -> read("{'guided_json':['" + "a".repeat(65_533) + "']}"))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessage("guided_json has 65,537 bytes > 65,536");
  }

  private static Constraint read(String body) {
    ConstraintFields fields = new ConstraintFields();
    JsonReader.readBody(
        new ByteArrayInputStream(json(body).getBytes(StandardCharsets.UTF_8)),
        (name, value) -> fields.take(name, value));
    return fields.constraint();
  }

  private static String json(String text) {
    return text.replace('\'', '"');
  }
}
