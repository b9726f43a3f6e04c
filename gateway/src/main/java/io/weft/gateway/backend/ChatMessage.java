package io.weft.gateway.backend;

/**
 * One message of a conversation.
 *
 * @param role {@code system}, {@code user} or {@code assistant}
 * @param content the text
 */
public record ChatMessage(String role, String content) {
  /** Names the role only: content is never logged. */
  @Override
  public String toString() {
    return "ChatMessage[role=%s, %,d characters]".formatted(role, content.length());
  }
}
