package io.weft.gateway.chat;

import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.tools.ToolUse;
import java.util.List;

/**
 * A valid request for a chat completion.
 *
 * @param model as the client named it
 * @param messages oldest first, at least one
 * @param tools what it says of tools
 * @param options what goes to the generator
 * @param stream whether to answer with events
 * @param includeUsage whether the last of them tells the usage
 */
record ChatRequest(
    String model,
    List<ChatMessage> messages,
    ToolUse tools,
    GenerationOptions options,
    boolean stream,
    boolean includeUsage) {
  ChatRequest {
    messages = List.copyOf(messages);
  }
}
