package io.weft.gateway.backend;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * How a conversation is written out.
 *
 * @param addGenerationPrompt end with what makes the model answer
 * @param continueFinalMessage leave the last message open so that the model goes on writing it
 * @param variables further ones for the template, an object; null without any
 */
public record ChatRendering(
    boolean addGenerationPrompt, boolean continueFinalMessage, @Nullable JsonNode variables) {
  /** Names nothing: the variables are text of the request. */
  @Override
  public String toString() {
    return "ChatRendering";
  }
}
