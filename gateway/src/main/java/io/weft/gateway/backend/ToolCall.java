package io.weft.gateway.backend;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A call of a tool that the assistant made earlier in a conversation.
 *
 * @param id what its result names
 * @param name of the tool
 * @param arguments a JSON object
 */
public record ToolCall(String id, String name, JsonNode arguments) {
  /** Names nothing: all of it is text of the request. */
  @Override
  public String toString() {
    return "ToolCall";
  }
}
