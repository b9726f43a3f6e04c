package io.weft.gateway.backend;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversation to be made a prompt.
 *
 * @param messages oldest first, at least one
 * @param tools that the model is told of
 * @param beginToolCall whether the prompt ends with what begins a call, so that its JSON follows
 * @param variables further ones for the chat template, an object; null without any
 */
public record ChatInput(
    List<ChatMessage> messages,
    List<Tool> tools,
    boolean beginToolCall,
    @Nullable JsonNode variables) {
  public ChatInput {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
  }

  /** Names the counts only: the rest is text of the request. */
  @Override
  public String toString() {
    return "ChatInput[%,d messages, %,d tools]".formatted(messages.size(), tools.size());
  }
}
