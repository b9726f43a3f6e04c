package io.weft.gateway.tools;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.weft.gateway.backend.ToolCall;
import io.weft.gateway.generation.Refused;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import io.weft.gateway.json.Trees;
import org.jspecify.annotations.Nullable;

/**
 * Reads a call that an assistant made earlier: {@code {"id": ..., "type": "function", "function":
 * {"name": ..., "arguments": "{...}"}}}.
 */
public final class ToolCallReader {
  private @Nullable String id;
  private @Nullable String type;
  private @Nullable String name;
  private @Nullable JsonNode arguments;

  /** Reads one. */
  public ToolCall read(JsonReader call) {
    String path = call.path();
    call.object(this::take);
    if (id == null) {
      throw Invalid.missing(path + ".id");
    }
    if (type != null && !type.equals("function")) {
      throw Invalid.unsupported(
          path + ".type",
          "%s.type is '%s', only 'function' is supported".formatted(path, Refused.shown(type)));
    }
    if (name == null) {
      throw Invalid.missing(path + ".function.name");
    }
    if (arguments == null) {
      throw Invalid.missing(path + ".function.arguments");
    }
    return new ToolCall(id, name, arguments);
  }

  /** The arguments of a call: a JSON object as text; no text counts as an empty object. */
  public static JsonNode arguments(JsonReader value) {
    String path = value.path();
    return value.counted(arguments(value.string(), path));
  }

  /**
   * The same.
   *
   * @param path what the request calls the text, for errors
   */
  public static JsonNode arguments(String text, String path) {
    if (text.isBlank()) {
      return JsonNodeFactory.instance.objectNode();
    }
    if (text.length() > ToolReader.MAX_BYTES) {
      throw Invalid.range(
          path, "%s has %,d characters > %,d".formatted(path, text.length(), ToolReader.MAX_BYTES));
    }
    JsonNode arguments = Trees.read(text, path, ToolReader.MAX_DEPTH);
    if (!arguments.isObject()) {
      throw Invalid.value(path, path + " must be a JSON object");
    }
    return arguments;
  }

  private void take(String field, JsonReader value) {
    switch (field) {
      case "id" -> id = value.string();
      case "type" -> type = value.string();
      case "function" -> value.object(this::takeFunction);
      default -> value.skip();
    }
  }

  private void takeFunction(String field, JsonReader value) {
    switch (field) {
      case "name" -> name = ToolReader.name(value);
      case "arguments" -> arguments = arguments(value);
      default -> value.skip();
    }
  }
}
