package io.weft.gateway.backend;

import org.jspecify.annotations.Nullable;

/**
 * A conversation as a prompt.
 *
 * @param ids the prompt
 * @param form how the model will write calls of the tools; null without tools
 * @param marksAreSpecial whether what marks these calls is in texts with special tokens only
 */
public record EncodedChat(TokenIds ids, @Nullable ToolCallForm form, boolean marksAreSpecial) {}
