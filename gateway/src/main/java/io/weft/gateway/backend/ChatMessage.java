package io.weft.gateway.backend;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation.
 *
 * @param role {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content the text; may be empty where there are calls
 * @param toolCalls that the assistant made with it
 * @param toolCallId of the call whose result this is; null unless it is one
 */
public record ChatMessage(
    String role, String content, List<ToolCall> toolCalls, @Nullable String toolCallId) {
  public ChatMessage {
    toolCalls = List.copyOf(toolCalls);
  }

  /** A message that has nothing to do with tools. */
  public ChatMessage(String role, String content) {
    this(role, content, List.of(), null);
  }

  /** Names the role only: content is never logged. */
  @Override
  public String toString() {
    return "ChatMessage[role=%s, %,d characters]".formatted(role, content.length());
  }
}
