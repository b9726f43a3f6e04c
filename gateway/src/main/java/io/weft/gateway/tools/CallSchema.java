package io.weft.gateway.tools;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.gateway.backend.Tool;
import java.util.List;
import java.util.Set;

/**
 * The JSON schema of a call: {@code {"name": ..., "arguments": {...}}} in this order, one
 * alternative a tool. References within a tool's own schema are made to lead to where it now
 * stands.
 */
final class CallSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /** Keywords whose values are no schemas. */
  private static final Set<String> DATA = Set.of("const", "enum", "default", "examples");

  /** Keywords whose values are schemas by name; the names mean nothing. */
  private static final Set<String> NAMED =
      Set.of("properties", "$defs", "definitions", "patternProperties", "dependentSchemas");

  /** Keywords that say of which type a value is, in one way or another. */
  private static final List<String> TYPING = List.of("type", "$ref", "anyOf", "oneOf", "allOf");

  private CallSchema() {}

  /**
   * The schema as text.
   *
   * @param tools that may be called, at least one
   * @param argumentsKey what the model calls the arguments
   */
  static String of(List<Tool> tools, String argumentsKey) {
    if (tools.size() == 1) {
      return call(tools.getFirst(), argumentsKey, "#").toString();
    }
    ObjectNode any = JSON.objectNode();
    ArrayNode alternatives = any.putArray("anyOf");
    for (Tool tool : tools) {
      alternatives.add(call(tool, argumentsKey, "#/anyOf/" + alternatives.size()));
    }
    return any.toString();
  }

  private static ObjectNode call(Tool tool, String argumentsKey, String place) {
    ObjectNode call = JSON.objectNode().put("type", "object");
    ObjectNode properties = call.putObject("properties");
    properties.putObject("name").put("const", tool.name());
    properties.set(
        argumentsKey, arguments(tool.parameters(), place + "/properties/" + argumentsKey));
    call.putArray("required").add("name").add(argumentsKey);
    return call.put("additionalProperties", false);
  }

  private static JsonNode arguments(JsonNode parameters, String place) {
    if (parameters.isMissingNode()) {
      ObjectNode none = JSON.objectNode().put("type", "object");
      none.putObject("properties");
      return none.put("additionalProperties", false);
    }
    ObjectNode schema = parameters.deepCopy();
    move(schema, place);
    if (TYPING.stream().noneMatch(schema::has)) {
      schema.put("type", "object");
    }
    return schema;
  }

  /** Makes references lead to {@code place} instead of to the root. */
  private static void move(JsonNode schema, String place) {
    if (schema instanceof ObjectNode object) {
      JsonNode reference = object.path("$ref");
      if (reference.isTextual() && reference.textValue().startsWith("#")) {
        object.put("$ref", place + reference.textValue().substring(1));
      }
      object
          .properties()
          .forEach(
              field -> {
                if (NAMED.contains(field.getKey())) {
                  field.getValue().forEach(named -> move(named, place));
                } else if (!DATA.contains(field.getKey())) {
                  move(field.getValue(), place);
                }
              });
    } else {
      schema.forEach(element -> move(element, place));
    }
  }
}
