package io.weft.gateway.tools;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.gateway.backend.ChatMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversation that the model is to answer.
 *
 * @param messages oldest first, at least one
 * @param param what the request calls it, for errors
 * @param tools what the request says of tools
 * @param variables further ones for the chat template, an object; null without any
 */
public record Conversation(
    List<ChatMessage> messages, String param, ToolUse tools, @Nullable JsonNode variables) {
  public Conversation {
    messages = List.copyOf(messages);
  }

  /** Names the count only: the rest is text of the request. */
  @Override
  public String toString() {
    return "Conversation[%,d messages]".formatted(messages.size());
  }
}
