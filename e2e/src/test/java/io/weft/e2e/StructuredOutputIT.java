package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random prompts at temperature 1.5 with JSON schemas in turn: what has ended is valid by another's
 * validator. Texts that {@code max_tokens} cut are counted apart. How many prompts there are {@code
 * weft.structured.prompts} says.
 */
@ExtendWith(SharedStack.class)
class StructuredOutputIT {
  private static final int PROMPTS = Integer.getInteger("weft.structured.prompts", 12);
  private static final int CLIENTS = 8;
  private static final int MAX_TOKENS = 500;

  private static final List<String> SCHEMAS =
      List.of(
          """
          {"type":"object","properties":{
             "name":{"type":"string","minLength":1,"maxLength":30},
             "age":{"type":"integer","minimum":0,"maximum":130},
             "email":{"type":"string","format":"email"},
             "tags":{"type":"array","items":{"type":"string","maxLength":12},"maxItems":4}},
           "required":["name","age","tags"],"additionalProperties":false}
          """,
          """
          {"$defs":{"node":{"type":"object","properties":{
              "value":{"enum":["a","b","c"]},
              "next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},
            "required":["value","next"],"additionalProperties":false}},
           "$ref":"#/$defs/node"}
          """,
          """
          {"type":"array","minItems":1,"maxItems":3,"items":{"oneOf":[
             {"type":"object","properties":{"kind":{"const":"point"},
                "x":{"type":"number","minimum":-1,"maximum":1},"y":{"type":"number"}},
              "required":["kind","x","y"],"additionalProperties":false},
             {"type":"object","properties":{"kind":{"const":"label"},
                "text":{"type":"string","pattern":"^[A-Z][a-z]{1,8}$"}},
              "required":["kind","text"],"additionalProperties":false}]}}
          """,
          """
          {"type":"object","properties":{
             "when":{"type":"string","format":"date-time"},
             "id":{"type":"string","format":"uuid"},
             "price":{"type":["number","null"],"exclusiveMinimum":0,"maximum":1000},
             "paid":{"type":"boolean"},
             "address":{"type":"object","properties":{"street":{"type":"string","maxLength":20},
                "zip":{"type":"string","pattern":"^[0-9]{5}$"}},"required":["zip"]}},
           "required":["when","id","price","paid"]}
          """);

  private static final List<String> TOPICS =
      List.of("a person", "the weather", "une ville", "42 apples", "日本", "an order", "nothing");

  /** A text that has ended, or was cut, and what is wrong with it. */
  private record Judged(boolean isWhole, String text, List<String> errors) {}

  @Test
  void whatHasEndedIsValid(WeftStack stack) throws Exception {
    List<Judged> all = new ArrayList<>();
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<Judged>> answers = new ArrayList<>();
      Random random = new Random(19);
      for (int i = 0; i < PROMPTS; i++) {
        String topic = TOPICS.get(random.nextInt(TOPICS.size()));
        String prompt = "Write JSON number %d about %s.".formatted(random.nextInt(1_000), topic);
        String schema = SCHEMAS.get(i % SCHEMAS.size());
        answers.add(clients.submit(() -> judge(stack, prompt, schema)));
      }
      for (Future<Judged> answer : answers) {
        all.add(answer.get());
      }
    }

    long whole = all.stream().filter(Judged::isWhole).count();
    System.out.printf(
        "%d prompts: %d ended, all of them judged; %d cut by max_tokens%n",
        PROMPTS, whole, PROMPTS - whole);
    assertThat(all)
        .filteredOn(Judged::isWhole)
        .allSatisfy(judged -> assertThat(judged.errors()).as(judged.text()).isEmpty());
    assertThat(whole).isGreaterThan(PROMPTS / 2);
  }

  @Test
  void refusalsNameTheFieldThePlaceAndTheKeyword(WeftStack stack) {
    Map<String, Object> schema = Map.of("type", "array", "items", Map.of("multipleOf", 3));

    Api.Answer answer =
        stack.api().post("/v1/chat/completions", Api.chat("Hi", Map.of("guided_json", schema)));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("param").asText()).isEqualTo("guided_json");
    assertThat(answer.error().path("message").asText()).startsWith("#/items, multipleOf: not");
  }

  private static Judged judge(WeftStack stack, String prompt, String schema) {
    Map<String, Object> format =
        Map.of(
            "type",
            "json_schema",
            "json_schema",
            Map.of("name", "test", "strict", true, "schema", Api.parse(schema)));
    Map<String, Object> more =
        Map.of("response_format", format, "temperature", 1.5, "max_tokens", MAX_TOKENS);
    Api.Answer answer = stack.api().post("/v1/chat/completions", Api.chat(prompt, more));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode choice = answer.json().at("/choices/0");
    String text = choice.at("/message/content").asText();
    boolean isWhole = choice.path("finish_reason").asText().equals("stop");
    List<String> errors =
        isWhole
            ? validator(schema).validate(text, InputFormat.JSON).stream()
                .map(Object::toString)
                .toList()
            : List.of();
    return new Judged(isWhole, text, errors);
  }

  private static Schema validator(String schema) {
    SchemaRegistryConfig config =
        SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build();
    return SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaRegistryConfig(config))
        .getSchema(schema);
  }
}
