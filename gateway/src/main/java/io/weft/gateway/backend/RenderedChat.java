package io.weft.gateway.backend;

/**
 * A conversation as its model reads it.
 *
 * @param ids the prompt
 * @param text the same, before it was encoded
 */
public record RenderedChat(TokenIds ids, String text) {
  /** Names the size only: texts are never logged. */
  @Override
  public String toString() {
    return ids.toString();
  }
}
