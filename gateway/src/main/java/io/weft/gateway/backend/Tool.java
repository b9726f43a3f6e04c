package io.weft.gateway.backend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;

/**
 * A function that a model may call.
 *
 * @param name letters, digits, {@code _} and {@code -}, 1 to 64
 * @param definition as chat templates get it: {@code {"type": "function", "function": {...}}}
 */
public record Tool(String name, JsonNode definition) {
  /** The JSON schema of the arguments, an object; {@link MissingNode} where there are none. */
  public JsonNode parameters() {
    return definition.path("function").path("parameters");
  }

  /** Names nothing: the definition is text of the request. */
  @Override
  public String toString() {
    return "Tool";
  }
}
