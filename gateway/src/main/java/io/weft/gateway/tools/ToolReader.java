package io.weft.gateway.tools;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.gateway.backend.Tool;
import io.weft.gateway.generation.Refused;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import io.weft.gateway.json.Trees;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the definitions of tools. What they have beside the fields known here goes to the chat
 * template with them.
 */
public final class ToolReader {
  /** Most tools of a request; OpenAI's bound. */
  static final int MAX_TOOLS = 128;

  /** Most bytes of one definition. */
  static final int MAX_BYTES = 65_536;

  /** Most objects and lists within one another: what the way to the tokenizer takes. */
  public static final int MAX_DEPTH = 24;

  private static final String NAME = "[A-Za-z0-9_-]{1,64}";

  private ToolReader() {}

  /** The tools of a chat: {@code {"type": "function", "function": {"name": ...}}}. */
  public static List<Tool> chat(JsonReader value) {
    return distinct(value.path(), value.list(MAX_TOOLS, () -> read(value, true)));
  }

  /**
   * The tools of a chat, as trees.
   *
   * @param path what the request calls their list, for errors
   */
  public static List<Tool> chat(List<JsonNode> definitions, String path) {
    if (definitions.size() > MAX_TOOLS) {
      throw Invalid.range(
          path, "%s has %,d entries > %,d".formatted(path, definitions.size(), MAX_TOOLS));
    }
    List<Tool> tools = new ArrayList<>(definitions.size());
    for (JsonNode definition : definitions) {
      String own = "%s[%d]".formatted(path, tools.size());
      int bytes = definition.toString().getBytes(StandardCharsets.UTF_8).length;
      if (bytes > MAX_BYTES) {
        throw Invalid.range(own, "%s has %,d bytes > %,d".formatted(own, bytes, MAX_BYTES));
      }
      Trees.checkDepth(definition, own, MAX_DEPTH);
      tools.add(read(definition, own, true));
    }
    return distinct(path, tools);
  }

  /** The tools of a response: {@code {"type": "function", "name": ...}}. */
  public static List<Tool> response(JsonReader value) {
    return distinct(value.path(), value.list(MAX_TOOLS, () -> read(value, false)));
  }

  /** The name of a function. */
  static String name(JsonReader value) {
    return checkName(value.string(), value.path());
  }

  private static Tool read(JsonReader value, boolean nested) {
    String path = value.path();
    return read(value.tree(MAX_BYTES, MAX_DEPTH), path, nested);
  }

  private static Tool read(JsonNode tool, String path, boolean nested) {
    requireObject(tool, path);
    String type = text(tool, path, "type", true);
    if (!type.equals("function")) {
      throw Invalid.unsupported(
          path + ".type",
          "%s.type is '%s', only 'function' is supported".formatted(path, Refused.shown(type)));
    }
    if (!nested) {
      return function(flat(tool), path);
    }
    if (!tool.has("function")) {
      throw Invalid.missing(path + ".function");
    }
    requireObject(tool.path("function"), path + ".function");
    return function(tool, path + ".function");
  }

  private static ObjectNode flat(JsonNode tool) {
    ObjectNode function = tool.deepCopy();
    function.remove("type");
    ObjectNode outer = JsonNodeFactory.instance.objectNode().put("type", "function");
    outer.set("function", function);
    return outer;
  }

  private static Tool function(JsonNode definition, String path) {
    JsonNode function = definition.path("function");
    String name = checkName(text(function, path, "name", true), path + ".name");
    text(function, path, "description", false);
    if (function.hasNonNull("strict") && !function.path("strict").isBoolean()) {
      throw Invalid.type(
          path + ".strict", "true or false", Trees.describe(function.path("strict")));
    }
    JsonNode parameters = function.path("parameters");
    if (parameters.isNull()) {
      ((ObjectNode) function).remove("parameters");
    } else if (!parameters.isMissingNode()) {
      requireObject(parameters, path + ".parameters");
      JsonNode type = parameters.path("type");
      if (!type.isMissingNode() && !type.asText().equals("object")) {
        throw Invalid.value(path + ".parameters.type", path + ".parameters.type must be 'object'");
      }
    }
    return new Tool(name, definition);
  }

  /** The name of a function, if it can be one. */
  public static String checkName(String name, String path) {
    if (!name.matches(NAME)) {
      throw Invalid.value(
          path,
          "%s must have 1 to 64 characters, each a letter, a digit, '_' or '-'".formatted(path));
    }
    return name;
  }

  private static String text(JsonNode object, String path, String field, boolean required) {
    JsonNode value = object.path(field);
    if (required && (value.isMissingNode() || value.isNull())) {
      throw Invalid.missing(path + "." + field);
    }
    if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
      throw Invalid.type(path + "." + field, "a string", Trees.describe(value));
    }
    return value.asText();
  }

  private static void requireObject(JsonNode value, String path) {
    if (!value.isObject()) {
      throw Invalid.type(path, "an object", Trees.describe(value));
    }
  }

  private static List<Tool> distinct(String path, List<Tool> tools) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < tools.size(); i++) {
      if (!names.add(tools.get(i).name())) {
        throw Invalid.value(path, "%s[%d] has the name of a tool before it".formatted(path, i));
      }
    }
    return tools;
  }
}
