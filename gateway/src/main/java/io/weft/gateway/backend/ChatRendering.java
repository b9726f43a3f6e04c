package io.weft.gateway.backend;

/**
 * How a conversation is written out.
 *
 * @param addGenerationPrompt end with what makes the model answer
 * @param continueFinalMessage leave the last message open so that the model goes on writing it
 */
public record ChatRendering(boolean addGenerationPrompt, boolean continueFinalMessage) {}
