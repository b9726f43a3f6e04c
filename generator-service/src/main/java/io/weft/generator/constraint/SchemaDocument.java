package io.weft.generator.constraint;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLDecoder;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/** A JSON schema as text: reading it, its references, and which keywords it may have. Immutable. */
final class SchemaDocument {
  private static final int MAX_NESTING = 128;
  private static final int MAX_REFERENCES = 64;

  /** Keywords that say nothing about which texts are valid, or are looked at elsewhere. */
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "$schema",
          "$comment",
          "$defs",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "example",
          "deprecated",
          "readOnly",
          "writeOnly",
          "contentEncoding",
          "contentMediaType");

  private static final Set<String> SUPPORTED =
      Set.of(
          "$ref",
          "allOf",
          "anyOf",
          "oneOf",
          "type",
          "enum",
          "const",
          "properties",
          "required",
          "additionalProperties",
          "unevaluatedProperties",
          "minProperties",
          "maxProperties",
          "items",
          "prefixItems",
          "minItems",
          "maxItems",
          "uniqueItems",
          "minLength",
          "maxLength",
          "pattern",
          "format",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum");

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_NESTING)
                          .maxNumberLength(100)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final JsonNode root;

  private SchemaDocument(JsonNode root) {
    this.root = root;
  }

  /**
   * Reads.
   *
   * @throws Refusal when it is not JSON
   */
  static SchemaDocument read(String text) {
    try {
      return new SchemaDocument(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      // Its own message quotes the text.
      throw Refusal.invalid(
          e.getLocation() == null
              ? "the schema is not valid JSON"
              : "the schema is not valid JSON, nests deeper than %d or says a key twice: line %d, column %d"
                  .formatted(
                      MAX_NESTING, e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
    }
  }

  Schema root() {
    return new Schema(root, "#");
  }

  /** The schema that others stand for: what a schema with nothing but a reference refers to. */
  Schema behindReferences(Schema schema) {
    Schema behind = schema;
    for (int i = 0; isReference(behind.node()); i++) {
      if (i == MAX_REFERENCES) {
        throw Refusal.invalid("%s, $ref: it only leads to itself".formatted(schema.pointer()));
      }
      behind = resolve(behind);
    }
    return behind;
  }

  /** What the reference of a schema refers to. */
  Schema resolve(Schema schema) {
    JsonNode reference = schema.node().get("$ref");
    if (!reference.isTextual()) {
      throw schema.invalid("$ref", "must be a string");
    }
    String text = reference.textValue();
    if (!text.equals("#") && !text.startsWith("#/")) {
      throw schema.unsupported("$ref", "only references into the schema itself, as #/$defs/name");
    }
    JsonNode target;
    try {
      target = root.at(JsonPointer.compile(text.substring(1)));
      if (target.isMissingNode()) {
        // In a URI, what is not allowed there is written as %3C (RFC 6901, section 6).
        String decoded = URLDecoder.decode(text.substring(1).replace("+", "%2B"), UTF_8);
        target = root.at(JsonPointer.compile(decoded));
      }
    } catch (IllegalArgumentException e) {
      throw schema.invalid("$ref", "is not a JSON pointer");
    }
    if (target.isMissingNode()) {
      throw schema.invalid("$ref", "refers to nothing");
    }
    return new Schema(target, pointer(text));
  }

  /** Refuses keywords that this version does not carry out. */
  void check(Schema schema) {
    for (Map.Entry<String, JsonNode> entry : schema.node().properties()) {
      String name = entry.getKey();
      boolean isRootId = name.equals("$id") && schema.pointer().equals("#");
      if (!isRootId && !ANNOTATIONS.contains(name) && !SUPPORTED.contains(name)) {
        throw schema.unsupported(Refusal.shown(name), "this keyword");
      }
      checkValue(schema, name, entry.getValue());
    }
  }

  /** Refuses values of the wrong type, as far as every use of the keyword would. */
  private static void checkValue(Schema schema, String name, JsonNode value) {
    switch (name) {
      case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum" ->
          require(value.isNumber(), schema, name, "must be a number");
      case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties" ->
          require(
              value.isNumber() && value.decimalValue().signum() >= 0,
              schema,
              name,
              "must be a number of at least 0");
      case "properties" -> require(value.isObject(), schema, name, "must be an object");
      case "allOf", "anyOf", "oneOf" ->
          require(
              value.isArray() && !value.isEmpty(),
              schema,
              name,
              "must be a list of at least one schema");
      case "prefixItems" -> require(value.isArray(), schema, name, "must be a list of schemas");
      case "pattern", "format" -> require(value.isTextual(), schema, name, "must be a string");
      case "required" -> {
        require(value.isArray(), schema, name, "must be a list of strings");
        value.forEach(key -> require(key.isTextual(), schema, name, "must be a list of strings"));
      }
      default -> {}
    }
  }

  private static void require(boolean condition, Schema schema, String keyword, String message) {
    if (!condition) {
      throw schema.invalid(keyword, message);
    }
  }

  static boolean isAnnotation(String keyword) {
    return ANNOTATIONS.contains(keyword) || keyword.equals("$id");
  }

  private static boolean isReference(JsonNode node) {
    if (!node.has("$ref")) {
      return false;
    }
    Iterator<String> names = node.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (!name.equals("$ref") && !isAnnotation(name)) {
        return false;
      }
    }
    return true;
  }

  /** A pointer of the schema's own, without what might be text. */
  private static String pointer(String reference) {
    StringBuilder shown = new StringBuilder("#");
    for (String part : reference.substring(1).split("/", -1)) {
      if (!part.isEmpty()) {
        shown.append('/').append(Refusal.shown(part));
      }
    }
    return shown.toString();
  }
}
