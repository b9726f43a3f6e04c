package io.weft.gateway.backend;

import java.util.List;

/**
 * A conversation to be made a prompt.
 *
 * @param messages oldest first, at least one
 * @param tools that the model is told of
 * @param beginToolCall whether the prompt ends with what begins a call, so that its JSON follows
 */
public record ChatInput(List<ChatMessage> messages, List<Tool> tools, boolean beginToolCall) {
  public ChatInput {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
  }

  /** A conversation without tools. */
  public static ChatInput of(List<ChatMessage> messages) {
    return new ChatInput(messages, List.of(), false);
  }
}
