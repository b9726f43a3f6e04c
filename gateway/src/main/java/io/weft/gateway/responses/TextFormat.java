package io.weft.gateway.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.gateway.backend.Constraint;
import io.weft.gateway.backend.Constraint.Kind;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import io.weft.gateway.json.Trees;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The field {@code text}: which shape the answer's text has.
 *
 * @param format as the request says it, to be given back
 * @param shape the same for the generator; null for any text
 */
record TextFormat(JsonNode format, @Nullable Constraint shape) {
  /** What holds unless a request says otherwise. */
  static final TextFormat ANY = of("text", null);

  private static final String PARAM = "text.format";

  /** A schema's own bound, and the words around it. */
  private static final int MAX_BYTES = 70_000;

  private static final int MAX_SCHEMA_BYTES = 65_536;

  /** What the generator takes. */
  private static final int MAX_DEPTH = 128;

  /** Reads the field. Its other settings say nothing that changes what a model here writes. */
  static TextFormat read(JsonReader value) {
    JsonNode text = value.tree(MAX_BYTES, MAX_DEPTH);
    JsonNode format = text.path("format");
    if (!text.isObject()) {
      throw Invalid.type("text", "an object", Trees.describe(text));
    }
    if (format.isMissingNode() || format.isNull()) {
      return ANY;
    }
    JsonNode type = format.path("type");
    if (!format.isObject() || !type.isTextual()) {
      throw Invalid.missing(PARAM + ".type");
    }
    return switch (type.textValue()) {
      case "text" -> ANY;
      case "json_object" -> of("json_object", new Constraint(Kind.JSON_OBJECT, List.of(), PARAM));
      case "json_schema" -> new TextFormat(format, schema(format.path("schema")));
      default ->
          throw Invalid.unsupported(
              PARAM + ".type",
              "text.format.type is supported only as: text, json_object, json_schema");
    };
  }

  private static Constraint schema(JsonNode schema) {
    if (schema.isMissingNode() || schema.isNull()) {
      throw Invalid.missing(PARAM + ".schema");
    }
    String text = schema.toString();
    if (text.length() > MAX_SCHEMA_BYTES) {
      throw Invalid.range(
          PARAM + ".schema",
          "text.format.schema has %,d characters > %,d".formatted(text.length(), MAX_SCHEMA_BYTES));
    }
    return new Constraint(Kind.JSON_SCHEMA, List.of(text), PARAM);
  }

  private static TextFormat of(String type, @Nullable Constraint shape) {
    ObjectNode format = JsonNodeFactory.instance.objectNode();
    return new TextFormat(format.put("type", type), shape);
  }

  /** Names the shape only: the format is text of the request. */
  @Override
  public String toString() {
    return "TextFormat[" + shape + "]";
  }
}
